/** `node session-program.ts SPEC`: runs one session and prints its result, one JSON line. */
import { describeError } from '@rtp/core';
import { runSession } from './run-session.ts';
import type { SessionSpec } from './session-spec.ts';

const spec = JSON.parse(process.argv[2] ?? '') as SessionSpec;
try {
  process.stdout.write(`${JSON.stringify(await runSession(spec))}\n`);
  process.exit(0);
} catch (error) {
  process.stderr.write(`${spec.name}: ${describeError(error)}\n${(error as Error).stack}\n`);
  process.exit(1);
}
