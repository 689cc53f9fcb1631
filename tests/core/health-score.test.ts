import { describe, expect, test } from '@jest/globals';
import { type HealthScoreInputs, healthScore } from '@rtp/core';

const good: HealthScoreInputs = {
  wanted: 'up',
  isPipelineServing: true,
  isPipelineUp: true,
  isSessionOpen: true,
  errorRate: 0.002,
  dataAgeMs: 60_000,
  cycleMs: 2_400,
  critical: [],
};
const score = (over: Partial<HealthScoreInputs>): number => healthScore({ ...good, ...over }).score;

describe('the health score', () => {
  test('is 100 when nothing is wrong, and gives no reason then', () => {
    const { score: points, parts, cappedBy } = healthScore(good);
    expect({ points, reasons: parts.map(({ reason }) => reason), cappedBy }).toEqual({
      points: 100,
      reasons: ['', '', '', '', ''],
      cappedBy: [],
    });
  });

  test.each([
    ['a pipeline that is wanted and does not run', { isPipelineServing: false, isPipelineUp: false }, 50],
    ['one that runs but does not serve', { isPipelineServing: false }, 70],
    ['one that runs although it is not wanted', { wanted: 'down', isSessionOpen: false }, 50],
    ['one that an operator stopped in session', { wanted: 'down', isPipelineServing: false, isPipelineUp: false }, 80],
    ['errors under 1 %', { errorRate: 0.0099 }, 100],
    ['errors of 3 %', { errorRate: 0.03 }, 88],
    ['errors of 5 % and more', { errorRate: 0.05 }, 75],
    ['bars younger than two minutes', { dataAgeMs: 119_000 }, 100],
    ['bars of three and a half minutes', { dataAgeMs: 210_000 }, 93],
    ['bars of five minutes', { dataAgeMs: 300_000 }, 85],
    ['a cycle of 45 s', { cycleMs: 45_000 }, 95],
    ['a cycle of a minute', { cycleMs: 60_000 }, 90],
    [
      'nothing known out of session',
      {
        wanted: 'down',
        isPipelineServing: false,
        isPipelineUp: false,
        isSessionOpen: false,
        errorRate: null,
        dataAgeMs: null,
        cycleMs: null,
      },
      100,
    ],
  ] as const)('%s', (_what, over, expected) => {
    expect(score(over)).toBe(expected);
  });

  test('gives the reason for every point that is lost', () => {
    const { parts } = healthScore({
      ...good,
      errorRate: 0.03,
      dataAgeMs: 300_000,
      cycleMs: 45_000,
      isPipelineServing: false,
    });
    for (const { points, of, reason } of parts) expect(reason === '').toBe(points === of);
    expect(parts.map(({ reason }) => reason)).toEqual([
      'the pipeline is wanted up and runs, but does not serve',
      '',
      '3.0 % of calls failed',
      'the newest bar is 300 s old',
      'a minute takes 45.0 s to be stored',
    ]);
  });

  test('is held down by a critical failure, whatever its parts say', () => {
    const capped = healthScore({ ...good, critical: ['store is fatal: gone'] });
    expect(capped).toMatchObject({ score: 40, cappedBy: ['store is fatal: gone'] });
    expect(capped.parts.reduce((sum, { points }) => sum + points, 0)).toBe(100);
  });
});
