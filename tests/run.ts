/**
 * The test runner behind `pnpm test`: `node tests/run.ts ci|gates|unit|system|sessions|drills [pattern]`.
 *
 * A stage fails when something in it fails, when it finds nothing to test, or when it takes longer than its budget. The
 * last line counts the tests of every stage; the exit code is 0 only when all is well.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { monotonicMs, realTimer } from '../packages/core/src/clock/real-time.ts';

const ROOT = resolve(import.meta.dirname, '..');
const BIN = join(ROOT, 'node_modules/.bin');
const NODE = join(BIN, 'node');
/** Where Node keeps compiled modules: the processes that tests start load in half the time. */
const COMPILE_CACHE = join(ROOT, 'node_modules/.cache/rtp');

interface Stage {
  readonly name: string;
  readonly budgetMs: number;
  run(pattern: string | undefined): Promise<StageResult>;
}

interface StageResult {
  readonly passed: number;
  readonly failed: number;
  /** What went wrong besides failed tests. */
  readonly problems: readonly string[];
}

const MINUTE_MS = 60_000;
/** A stage this many times over its budget hangs and is ended. */
const HANG_FACTOR = 2;

const GATES: Stage = { name: 'gates', budgetMs: 2 * MINUTE_MS, run: runGates };
/** The manager's tests start whole systems too. */
const SYSTEM_FOLDERS = ['system', 'system-manager'];
/** Folders that are no unit tests. */
const OTHER_FOLDERS = [...SYSTEM_FOLDERS, 'sessions', 'drills', 'bench'];
/** Three files at once on two cores, in each stage of CI: there is always one that waits, for a market or a process. */
const WORKERS = 3;
const UNIT = jestStage('unit', 2 * MINUTE_MS, unitFolders(), {
  workers: WORKERS,
  timeoutMs: 15_000,
  // Room for young objects: a tenth less time goes into collecting them. Stages that start processes fork faster without.
  nodeOptions: ['--max-semi-space-size=64'],
});
const SYSTEM = jestStage('system', 8 * MINUTE_MS, SYSTEM_FOLDERS, { workers: WORKERS, timeoutMs: 5 * MINUTE_MS });
/** Sessions of 45 minutes; of those that a seed draws, a part. */
const SESSIONS = jestStage('sessions', 5 * MINUTE_MS, ['sessions'], { workers: WORKERS, timeoutMs: 15 * MINUTE_MS });
/** Whole days, and all sessions that can be drawn. */
const DRILLS = jestStage(
  'drills',
  90 * MINUTE_MS,
  ['drills', 'sessions'],
  { workers: 1, timeoutMs: 15 * MINUTE_MS },
  { RTP_DRILLS: 'all' },
);

const PLANS: Readonly<Record<string, readonly Stage[]>> = {
  ci: [GATES, UNIT, SYSTEM, SESSIONS],
  gates: [GATES],
  unit: [UNIT],
  system: [SYSTEM],
  sessions: [SESSIONS],
  drills: [DRILLS],
};

const running = new Set<ChildProcess>();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    for (const child of running) endGroup(child);
    process.exit(1);
  });
}

process.exitCode = await main(process.argv[2] ?? 'ci', process.argv[3]);

async function main(planName: string, pattern: string | undefined): Promise<number> {
  const plan = PLANS[planName];
  if (plan === undefined) {
    console.error(`usage: node tests/run.ts ${Object.keys(PLANS).join('|')} [pattern]`);
    return 64;
  }
  const summary: string[] = [];
  let passed = 0;
  let failed = 0;
  let isGood = true;
  for (const stage of plan) {
    console.log(`\n== ${stage.name}`);
    const started = monotonicMs();
    const result = await stage.run(pattern);
    const tookMs = monotonicMs() - started;
    const problems = [...result.problems];
    if (tookMs > stage.budgetMs) problems.push(`over its budget of ${seconds(stage.budgetMs)}`);
    if (result.failed > 0) problems.unshift(`${result.failed} failed`);
    passed += result.passed;
    failed += result.failed;
    isGood &&= problems.length === 0;
    const verdict = problems.length === 0 ? 'ok' : `FAILED: ${problems.join('; ')}`;
    summary.push(`${stage.name.padEnd(7)} ${seconds(tookMs).padStart(8)} of ${seconds(stage.budgetMs)}  ${verdict}`);
  }
  console.log(`\n${summary.join('\n')}\n${passed} passed, ${failed} failed`);
  return isGood ? 0 : 1;
}

/** Types, lint and house rules, side by side; the output of those that fail is shown. */
async function runGates(): Promise<StageResult> {
  const checks: readonly (readonly [name: string, command: string, args: readonly string[]])[] = [
    ['types', join(BIN, 'tsc'), ['--noEmit']],
    ['lint and format', join(BIN, 'biome'), ['check', '--max-diagnostics=50', '.']],
    ['house rules', NODE, ['--no-warnings', 'tests/gates/run.ts']],
  ];
  const problems = await Promise.all(
    checks.map(async ([name, command, args]) => {
      const started = monotonicMs();
      const { code, output } = await runCommand(command, args, 'captured', GATES.budgetMs * HANG_FACTOR);
      console.log(`${code === 0 ? 'ok    ' : 'BROKEN'} ${name} (${seconds(monotonicMs() - started)})`);
      if (code !== 0 || name === 'house rules') console.log(output.trimEnd());
      return code === 0 ? [] : [name];
    }),
  );
  return { passed: 0, failed: 0, problems: problems.flat() };
}

/** Every folder of tests that is no stage of its own. */
function unitFolders(): string[] {
  const entries = readdirSync(join(ROOT, 'tests'), { withFileTypes: true });
  return entries.filter((entry) => entry.isDirectory() && !OTHER_FOLDERS.includes(entry.name)).map(({ name }) => name);
}

function jestStage(
  name: string,
  budgetMs: number,
  folders: readonly string[],
  limits: { readonly workers: number; readonly timeoutMs: number; readonly nodeOptions?: readonly string[] },
  env: NodeJS.ProcessEnv = {},
): Stage {
  const run = async (pattern: string | undefined): Promise<StageResult> => {
    const scratch = mkdtempSync(join(tmpdir(), 'rtp-tests-'));
    const report = join(scratch, 'report.json');
    const args = [
      ...(limits.nodeOptions ?? []),
      ...['--experimental-vm-modules', '--no-warnings', join(ROOT, 'node_modules/jest/bin/jest.js')],
      ...folders.flatMap((folder) => ['--testMatch', `<rootDir>/tests/${folder}/**/*.test.ts`]),
      ...['--maxWorkers', String(limits.workers), '--testTimeout', String(limits.timeoutMs)],
      ...['--json', '--outputFile', report],
      ...(pattern === undefined ? [] : [pattern]),
    ];
    try {
      const { code } = await runCommand(NODE, args, 'shown', budgetMs * HANG_FACTOR, env);
      return readReport(report, code);
    } finally {
      rmSync(scratch, { recursive: true, force: true });
    }
  };
  return { name, budgetMs, run };
}

/** Jest's own count; a suite that could not even run counts as one failed test. */
function readReport(file: string, code: number | null): StageResult {
  let report: { numPassedTests: number; numFailedTests: number; numRuntimeErrorTestSuites: number };
  try {
    report = JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return { passed: 0, failed: 0, problems: [code === null ? 'it hung and was ended' : 'it found nothing to test'] };
  }
  const failed = report.numFailedTests + report.numRuntimeErrorTestSuites;
  const problems: string[] = [];
  if (report.numPassedTests + failed === 0) problems.push('it found nothing to test');
  else if (code !== 0 && failed === 0) problems.push(`jest ended with code ${code}`);
  return { passed: report.numPassedTests, failed, problems };
}

/** Runs a command in a process group of its own; `code` is null when it had to be ended. */
function runCommand(
  command: string,
  args: readonly string[],
  output: 'shown' | 'captured',
  hangMs: number,
  extraEnv: NodeJS.ProcessEnv = {},
): Promise<{ code: number | null; output: string }> {
  return new Promise((done, fail) => {
    const pipe = output === 'captured' ? 'pipe' : 'inherit';
    const env = { ...process.env, ...extraEnv, NODE_COMPILE_CACHE: COMPILE_CACHE };
    const child = spawn(command, args, { cwd: ROOT, env, detached: true, stdio: ['ignore', pipe, pipe] });
    running.add(child);
    const hang = realTimer(hangMs, () => endGroup(child));
    const chunks: Buffer[] = [];
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.on('error', fail);
    child.on('close', (code) => {
      hang.cancel();
      running.delete(child);
      done({ code, output: Buffer.concat(chunks).toString() });
    });
  });
}

/** Ends a command and everything it started. */
function endGroup(child: ChildProcess): void {
  try {
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
