/** How long the command line takes to answer, launcher included: median of the wall times, against their limits. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { monotonicMs, projectRoot } from '@rtp/core';

const ROUNDS = 9;
const CASES = [
  { args: ['--help'], limitMs: 400 },
  { args: ['status', '--data-dir', join(projectRoot, 'data/none')], limitMs: 500 },
];

let missed = 0;
for (const { args, limitMs } of CASES) {
  const times: number[] = [];
  for (let round = -1; round < ROUNDS; round += 1) {
    const startedAt = monotonicMs();
    spawnSync(join(projectRoot, 'bin/rtp'), args, { stdio: 'ignore' });
    if (round >= 0) times.push(monotonicMs() - startedAt);
  }
  const medianMs = Math.round(times.toSorted((a, b) => a - b)[(ROUNDS - 1) / 2] as number);
  if (medianMs > limitMs) missed += 1;
  console.log(JSON.stringify({ bench: 'command-line', command: `rtp ${args[0]}`, medianMs, limitMs }));
}
process.exit(missed === 0 ? 0 : 1);
