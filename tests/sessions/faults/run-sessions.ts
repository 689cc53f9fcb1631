import { type ChildProcessByStdio, spawn } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { bareEnvironment } from '../../lib/bare-environment.ts';
import type { SessionResult, SessionSpec } from './session-spec.ts';

const PROGRAM = fileURLToPath(new URL('./session-program.ts', import.meta.url));

/** Runs sessions, so many at a time, each of those in a process of its own; results in the order of the specs. */
export async function runSessions(
  specs: readonly SessionSpec[],
  atOnce: number,
  onResult: (result: SessionResult) => void = () => {},
): Promise<readonly SessionResult[]> {
  const results: SessionResult[] = [];
  const queue = [...specs.entries()];
  const worker = async (): Promise<void> => {
    const runner = new SessionRunner();
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const [position, spec] = next;
      const result = await runner.run(spec);
      results[position] = result;
      onResult(result);
    }
    runner.end();
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return results;
}

/** A process that runs one session after the other, replaced when one did not end as it must: a warm one takes less. */
class SessionRunner {
  private child: ChildProcessByStdio<Writable, Readable, Readable> | undefined;

  async run(spec: SessionSpec): Promise<SessionResult> {
    const child = this.child ?? this.start();
    let stderr = '';
    const onStderr = (text: string): void => {
      stderr += text;
    };
    child.stderr.on('data', onStderr);
    child.stdin.write(`${JSON.stringify(spec)}\n`);
    const line = await answerOf(child);
    child.stderr.off('data', onStderr);
    if (line !== null) return JSON.parse(line) as SessionResult;
    this.child = undefined;
    return {
      ...NOTHING,
      name: spec.name,
      problems: [`did not end: ${stderr.trim() || `exit code ${child.exitCode}`}`],
    };
  }

  end(): void {
    this.child?.stdin.end();
  }

  private start(): NonNullable<SessionRunner['child']> {
    const child = spawn(process.execPath, ['--no-warnings', PROGRAM], {
      stdio: ['pipe', 'pipe', 'pipe'],
      env: bareEnvironment({ TZ: 'America/New_York' }),
    });
    // Of one that has ended, `answerOf` tells.
    child.stdin.on('error', () => {});
    child.stdout.setEncoding('utf8');
    child.stderr.setEncoding('utf8');
    this.child = child;
    return child;
  }
}

/** The next line a process writes, or null when it ends before. */
function answerOf(child: ChildProcessByStdio<Writable, Readable, Readable>): Promise<string | null> {
  return new Promise((resolve) => {
    let text = '';
    const settle = (line: string | null): void => {
      child.stdout.off('data', onData);
      child.off('close', onClose);
      resolve(line);
    };
    const onData = (part: string): void => {
      text += part;
      if (text.endsWith('\n')) settle(text);
    };
    const onClose = (): void => settle(null);
    child.stdout.on('data', onData);
    child.on('close', onClose);
  });
}

const NOTHING: SessionResult = {
  name: '',
  problems: [],
  expected: 0,
  bars: 0,
  absences: {},
  revisions: {},
  struck: {},
  chartCalls: 0,
  quoteCalls: 0,
  chartCallsPeak: 0,
  breaches: 0,
  seconds: 0,
};
