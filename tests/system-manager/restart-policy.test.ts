import { describe, expect, test } from '@jest/globals';
import {
  decideRestart,
  type RestartPolicy,
  type RunEnd,
} from '../../packages/system-manager/src/supervisor/restart-policy.ts';

const policy: RestartPolicy = {
  stableMs: 60_000,
  backoffMinMs: 1_000,
  backoffMaxMs: 60_000,
  failureLimit: 5,
  failureWindowMs: 600_000,
};

/** A run that ended at `endedAt` after `servedMs` of service; null: it never became ready. */
const run = (endedAt: number, servedMs: number | null, exitCode: number | null = 1): RunEnd => ({
  startedAt: endedAt - (servedMs ?? 0) - 500,
  readyAt: servedMs === null ? null : endedAt - servedMs,
  endedAt,
  exitCode,
  signal: exitCode === null ? 'SIGKILL' : null,
});

const shortRuns = (count: number, everyMs = 1_000): RunEnd[] =>
  Array.from({ length: count }, (_, index) => run((index + 1) * everyMs, 100));

describe('what follows the unasked end of a child', () => {
  test.each([
    ['the first failure after having been ready: at once', [], run(10_000, 5_000), 0],
    ['a first failure before ever being ready: a wait of up to the least back-off', [], run(10_000, null), 1_000],
    ['a second failure soon after: the same wait', shortRuns(1), run(3_000, 100), 1_000],
    ['a third: twice the wait', shortRuns(2), run(4_000, 100), 2_000],
    ['a fourth: four times', shortRuns(3), run(5_000, 100), 4_000],
    ['a second that never became ready: twice', shortRuns(1), run(3_000, null), 2_000],
    ['after a stable run: at once again, what was before is forgotten', shortRuns(3), run(200_000, 60_000), 0],
    [
      'the first failure after a stable one counts as the second',
      [...shortRuns(3), run(200_000, 60_000)],
      run(201_000, 100),
      1_000,
    ],
    ['killed by a signal: a failure like any other', [], run(10_000, 5_000, null), 0],
    ['an end with exit code 0 nobody asked for: a failure too', [], run(10_000, 5_000, 0), 0],
  ])('%s', (_name, earlier, end, delayCeilingMs) => {
    expect(decideRestart(earlier, end, policy)).toMatchObject({ action: 'restart', delayCeilingMs });
  });

  test('the ceiling of the wait never exceeds the longest back-off', () => {
    const patient = { ...policy, failureLimit: 100 };
    const decision = decideRestart(shortRuns(40), run(41_000, 100), patient);
    expect(decision).toMatchObject({ action: 'restart', delayCeilingMs: 60_000 });
  });

  test.each([64, 77, 78])('exit code %d is permanent', (exitCode) => {
    expect(decideRestart([], run(10_000, 5_000, exitCode), policy).action).toBe('give-up');
  });

  test('five failures within the window, none stable, end the attempts', () => {
    expect(decideRestart(shortRuns(3), run(5_000, 100), policy).action).toBe('restart');
    expect(decideRestart(shortRuns(4), run(5_000, 100), policy).action).toBe('give-up');
  });

  test('five failures spread over more than the window do not', () => {
    expect(decideRestart(shortRuns(4, 200_000), run(1_000_000, 100), policy).action).toBe('restart');
  });

  test('failures before a stable run do not count towards the limit', () => {
    const earlier = [...shortRuns(4), run(100_000, 60_000)];
    expect(decideRestart(earlier, run(101_000, 100), policy).action).toBe('restart');
  });

  test('a stable run is never the fifth failure', () => {
    expect(decideRestart(shortRuns(4), run(120_000, 60_000), policy)).toMatchObject({ delayCeilingMs: 0 });
  });
});
