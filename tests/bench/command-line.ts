/**
 * How long the command line takes to answer, launcher included: median of the wall times, against their limits and a bare
 * Node.js that does nothing.
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { monotonicMs, projectRoot } from '@rtp/core';

const ROUNDS = 9;
const CASES = [
  { args: ['--help'], limitMs: 400 },
  { args: ['status', '--data-dir', join(projectRoot, 'data/none')], limitMs: 500 },
];

/** Median wall time of a command, the first round left out: it fills the caches. */
function medianOf(program: string, args: readonly string[]): number {
  const times: number[] = [];
  for (let round = -1; round < ROUNDS; round += 1) {
    const startedAt = monotonicMs();
    spawnSync(program, args, { stdio: 'ignore' });
    if (round >= 0) times.push(monotonicMs() - startedAt);
  }
  return Math.round(times.toSorted((a, b) => a - b)[(ROUNDS - 1) / 2] as number);
}

let missed = 0;
const bareMs = medianOf(process.execPath, ['-e', '0']);
for (const { args, limitMs } of CASES) {
  const medianMs = medianOf(join(projectRoot, 'bin/rtp'), args);
  if (medianMs > limitMs) missed += 1;
  const toBareNode = Math.round((medianMs / bareMs) * 10) / 10;
  console.log(
    JSON.stringify({ bench: 'command-line', command: `rtp ${args[0]}`, medianMs, limitMs, bareMs, toBareNode }),
  );
}
process.exit(missed === 0 ? 0 : 1);
