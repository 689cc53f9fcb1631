/**
 * Runs sessions one after the other: a spec a line in, a result a line out, both JSON. One that does not end as a session
 * ends the process, with the reason on stderr: what is left behind must not meet the next.
 */
import { createInterface } from 'node:readline';
import { describeError } from '@rtp/core';
import { runSession } from './run-session.ts';
import type { SessionSpec } from './session-spec.ts';

for await (const line of createInterface({ input: process.stdin })) {
  const spec = JSON.parse(line) as SessionSpec;
  try {
    process.stdout.write(`${JSON.stringify(await runSession(spec))}\n`);
  } catch (error) {
    process.stderr.write(`${spec.name}: ${describeError(error)}\n${(error as Error).stack}\n`);
    process.exit(1);
  }
}
process.exit(0);
