import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { SessionResult, SessionSpec } from './session-spec.ts';

const PROGRAM = fileURLToPath(new URL('./session-program.ts', import.meta.url));

/** Runs sessions, so many at a time, each in a process of its own; results in the order of the specs. */
export async function runSessions(
  specs: readonly SessionSpec[],
  atOnce: number,
  onResult: (result: SessionResult) => void = () => {},
): Promise<readonly SessionResult[]> {
  const results: SessionResult[] = [];
  const queue = [...specs.entries()];
  const worker = async (): Promise<void> => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const [position, spec] = next;
      const result = await runOne(spec);
      results[position] = result;
      onResult(result);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return results;
}

async function runOne(spec: SessionSpec): Promise<SessionResult> {
  const child = spawn(process.execPath, ['--no-warnings', PROGRAM, JSON.stringify(spec)], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env.PATH, HOME: process.env.HOME, TZ: 'America/New_York' },
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  if (code === 0) return JSON.parse(stdout) as SessionResult;
  return { ...NOTHING, name: spec.name, problems: [`did not end: ${stderr.trim() || `exit code ${code}`}`] };
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
