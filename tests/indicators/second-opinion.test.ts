/** trading-signals computes many of the columns too: a second opinion by other authors. */
import { spawnSync } from 'node:child_process';
import { describe, expect, it } from '@jest/globals';
import { projectRoot } from '@rtp/core';
import { type IndicatorColumn, indicatorColumns } from '@rtp/indicators';
import { type Opinion, otherDefinition, secondOpinion } from '@rtp/indicators/second-opinion';
import { realBars } from './support/real.ts';
import { randomSeries, type Series } from './support/series.ts';
import { inBulk } from './support/three-ways.ts';

const SERIES: Readonly<Record<string, Series>> = {
  lively: randomSeries({ seed: 12, length: 2_000, flat: 0, quiet: 0 }),
  'with flat stretches': randomSeries({ seed: 13, length: 2_000, price: 99.95, flat: 0.3, quiet: 0.2 }),
  dear: randomSeries({ seed: 14, length: 2_000, price: 146_000, tick: 5 }),
  wild: randomSeries({ seed: 15, length: 2_000, price: 2_431.5, volatility: 0.005, volume: 4e7 }),
  real: realBars('RELIANCE-2026-04'),
};

/** That many closes in a row without a move, and the bars in which they are in a window or a recursion after them. */
const STILL = 5;
const AFTER_STILL = 60;
const NEVER = 1_000_000;
/** Recursions that remember longer: compared until the first stillness. */
const LONG_MEMORY: ReadonlySet<string> = new Set(['mama', 'fama']);

const opinions = indicatorColumns.flatMap((column) => {
  const opinion = secondOpinion(column.name);
  return opinion === null ? [] : [{ name: column.name, column, opinion }];
});
const names = opinions.map(({ name }) => name);

describe.each(Object.entries(SERIES))('on a %s series', (kind, bars) => {
  const ours = inBulk(names, bars);
  const still = barsSinceStill(bars);

  it.each(opinions)('$name agrees with $opinion.className', ({ name, column, opinion }) => {
    const { compared, problem } = compare(column, opinion, ours.get(name)!, opinion.run(bars), still);
    expect(problem).toBeNull();
    // Flat stretches may leave nothing to compare, but not where there are none.
    if (kind === 'lively' || opinion.agreement !== 'equal_but_flat')
      expect(compared).toBeGreaterThan(0.4 * bars.length);
  });
});

it('every column that has a counterpart is compared or known to mean something else', () => {
  for (const { name, tradingSignals } of indicatorColumns) {
    const isOther = tradingSignals?.agreement === 'different';
    expect([name, secondOpinion(name) !== null]).toEqual([name, tradingSignals !== null && !isOther]);
    expect([name, otherDefinition(name) !== null]).toEqual([name, isOther]);
  }
});

it('the package itself does not load the library', () => {
  const script = `
    import { registerHooks } from 'node:module';
    registerHooks({ load: (url, context, next) => { if (url.includes('trading-signals')) throw new Error(url); return next(url, context); } });
    await import('@rtp/indicators');`;
  const { status, stderr } = spawnSync(process.execPath, ['--input-type=module', '--eval', script], {
    cwd: projectRoot,
    encoding: 'utf8',
  });
  expect([status, stderr]).toEqual([0, '']);
});

/** On how many bars both have a value that counts, and where the second opinion is too far from ours. */
function compare(
  { name, first }: IndicatorColumn,
  { agreement, settles }: Opinion,
  ours: Float64Array,
  theirs: Float64Array,
  sinceStill: Int32Array,
): { compared: number; problem: string | null } {
  const scale = ours.reduce((most, value) => (Number.isNaN(value) ? most : Math.max(most, Math.abs(value))), 0);
  const tolerance = agreement === 'other_seed' ? 1e-6 : 1e-9;
  const memory = LONG_MEMORY.has(name) ? NEVER : AFTER_STILL;
  let compared = 0;
  for (let bar = Math.max(first ?? 0, settles); bar < ours.length; bar += 1) {
    if (agreement === 'equal_but_flat' && sinceStill[bar]! < memory) continue;
    if (Number.isNaN(theirs[bar]!)) continue;
    if (!(Math.abs(ours[bar]! - theirs[bar]!) <= tolerance * scale)) {
      return { compared, problem: `bar ${bar}: ${ours[bar]}, not ${theirs[bar]}` };
    }
    compared += 1;
  }
  return { compared, problem: null };
}

/** Bars since the close last stood still; more than any window before it ever did. */
function barsSinceStill({ close, length }: Series): Int32Array {
  const since = new Int32Array(length);
  let unmoved = 1;
  let bars = NEVER;
  for (let bar = 0; bar < length; bar += 1) {
    unmoved = bar > 0 && close[bar] === close[bar - 1] ? unmoved + 1 : 1;
    bars = unmoved >= STILL ? 0 : bars + 1;
    since[bar] = bars;
  }
  return since;
}
