/** One contract for all columns of the registry. */
import { beforeAll, describe, expect, it } from '@jest/globals';
import { type IndicatorColumn, IndicatorEngine, indicatorColumns } from '@rtp/indicators';
import fc from 'fast-check';
import {
  constantSeries,
  part,
  randomSeries,
  type Series,
  type SeriesOptions,
  scaled,
  withFields,
} from '../indicators/support/series.ts';
import { barByBar, type Columns, expectSame, inBulk, rewritten } from '../indicators/support/three-ways.ts';

const names = indicatorColumns.map((column) => column.name);
const RUNS = { numRuns: 12, seed: 20_260_803 };

/** Series as brokers and exchanges make them: dear and cheap, wild and asleep, long and short sessions. */
const anySeries: fc.Arbitrary<SeriesOptions> = fc.record({
  seed: fc.integer({ min: 1, max: 2 ** 31 }),
  length: fc.integer({ min: 150, max: 700 }),
  price: fc.constantFrom(7.35, 99.95, 850, 2_431.5, 146_000),
  volatility: fc.constantFrom(0.0001, 0.0006, 0.005),
  flat: fc.constantFrom(0, 0.1, 0.6),
  quiet: fc.constantFrom(0, 0.05, 0.5),
  volume: fc.constantFrom(3, 5_000, 4e7),
  sessionBars: fc.constantFrom(60, 360, 375),
  absent: fc.constantFrom(0, 0.05, 0.5),
});

/** A fresh engine costs compilation: one a way is reset in place of it. */
const engine = new IndicatorEngine(names, 1);
const bulk = (bars: Parameters<typeof inBulk>[1]): Columns => {
  engine.reset(0);
  return inBulk(names, bars, engine);
};

describe('whatever the series', () => {
  it('bar by bar gives the same numbers as in bulk', () => {
    fc.assert(
      fc.property(anySeries, (options) => {
        const bars = randomSeries(options);
        const want = bulk(bars);
        engine.reset(0);
        expectSame(barByBar(names, bars, engine), want);
      }),
      RUNS,
    );
  });

  it('rewriting the forming bar leaves no trace, and writing the same again changes nothing', () => {
    fc.assert(
      fc.property(anySeries, (options) => {
        const bars = randomSeries(options);
        const want = bulk(bars);
        engine.reset(0);
        expectSame(rewritten(names, bars, engine), want);
      }),
      RUNS,
    );
  });

  it('a saved state goes on elsewhere as if nothing had happened', () => {
    fc.assert(
      fc.property(anySeries, fc.double({ min: 0, max: 1, noNaN: true }), (options, share) => {
        const bars = randomSeries(options);
        const cut = Math.floor(share * bars.length);
        const want = bulk(bars);
        engine.reset(0);
        const before = inBulk(names, part(bars, 0, cut), engine);
        const other = new IndicatorEngine(names, 2);
        other.restore(1, engine.save(0));
        other.memory.copyWithin(0, other.stride, 2 * other.stride);
        const after = inBulk(names, part(bars, cut, bars.length), other);
        expectSame(joined(before, after), want);
        expect(other.save(0)).toEqual(fullState(bars));
      }),
      { ...RUNS, numRuns: 6 },
    );
  });

  it('a column has no value before its first bar and a finite one on every bar from there', () => {
    fc.assert(
      fc.property(anySeries, (options) => {
        const bars = randomSeries(options);
        const columns = bulk(bars);
        for (const column of indicatorColumns) expectHonest(column, columns.get(column.name)!);
      }),
      RUNS,
    );
  });

  it('later bars change nothing of earlier values', () => {
    fc.assert(
      fc.property(anySeries, (options) => {
        const bars = randomSeries(options);
        const cut = Math.floor(bars.length * 0.6);
        const whole = bulk(bars);
        const early = bulk(part(bars, 0, cut));
        expectSame(early, new Map([...whole].map(([name, values]) => [name, values.slice(0, cut)])));
      }),
      RUNS,
    );
  });

  function fullState(bars: Series): Float64Array {
    bulk(bars);
    return engine.save(0);
  }
});

describe('prices in another unit', () => {
  /** An angle takes a rupee for as long as a bar; the others go with the square of the price. */
  const BOUND_TO_A_SCALE: ReadonlySet<string> = new Set(['linreg_angle_14', 'var_20', 'emv_14']);
  const free = indicatorColumns.filter(({ name }) => !BOUND_TO_A_SCALE.has(name));

  it('scale prices, differences and turnover, and leave everything else as it is', () => {
    fc.assert(
      fc.property(anySeries, fc.constantFrom(0.25, 8), (options, factor) => {
        const bars = randomSeries(options);
        const want = bulk(bars);
        const prices = ['open', 'high', 'low', 'close', 'tick'] as const;
        const got = bulk(
          withFields(bars, Object.fromEntries(prices.map((name) => [name, scaled(bars[name], factor)]))),
        );
        for (const column of free) {
          const isPrice = ['price', 'price_diff', 'turnover'].includes(column.unit);
          expectNear(column, got, want, isPrice ? factor : 1);
        }
      }),
      RUNS,
    );
  });
});

describe('on odd series', () => {
  const oddities: Readonly<Record<string, Series>> = {
    'the price never moves': constantSeries(500, 850, 1_000),
    'nothing moves and nothing trades': constantSeries(500, 850, 0),
    'the price is huge': constantSeries(500, 1e7, 1e12),
    'the price is one tick': constantSeries(500, 0.05, 1),
    'every bar is one price': onePriceBars(randomSeries({ seed: 5, length: 600 })),
    'prices are huge and move': randomSeries({ seed: 6, length: 600, price: 1e7, volume: 1e12 }),
    'prices are a few ticks': randomSeries({ seed: 7, length: 600, price: 0.2, volatility: 0.2 }),
    'nothing trades': withFields(randomSeries({ seed: 8, length: 600 }), { volume: new Float64Array(600) }),
    'the price jumps to a hundredfold and back': jumping(randomSeries({ seed: 9, length: 600 })),
  };

  describe.each(Object.entries(oddities))('%s', (_, bars) => {
    let columns: Columns;
    beforeAll(() => {
      columns = bulk(bars);
    });

    it.each(indicatorColumns.map((column) => [column.name, column] as const))('%s stays a number', (name, column) => {
      expectHonest(column, columns.get(name)!);
    });
  });
});

/** No value before `first`, a finite one from there; a sparse column may lack one, but is never infinite. */
function expectHonest(column: IndicatorColumn, values: Float64Array): void {
  for (const [bar, value] of values.entries()) {
    const isWarm = column.first === null ? !Number.isNaN(value) : bar >= column.first;
    if (isWarm ? !Number.isFinite(value) : !Number.isNaN(value)) {
      throw new Error(`${column.name}, first ${column.first}, bar ${bar}: ${value}`);
    }
  }
}

function expectNear(column: IndicatorColumn, got: Columns, want: Columns, factor: number): void {
  const values = want.get(column.name)!;
  const others = got.get(column.name)!;
  const scale =
    values.reduce((most, value) => (Number.isNaN(value) ? most : Math.max(most, Math.abs(value))), 0) * factor;
  for (const [bar, value] of values.entries()) {
    const other = others[bar]!;
    if (Number.isNaN(value) && Number.isNaN(other)) continue;
    if (!(Math.abs(other - value * factor) <= 1e-9 * scale)) {
      throw new Error(`${column.name}, bar ${bar}: ${value} times ${factor} became ${other}`);
    }
  }
}

function joined(before: Columns, after: Columns): Columns {
  return new Map([...before].map(([name, values]) => [name, Float64Array.of(...values, ...after.get(name)!)] as const));
}

function onePriceBars(series: Series): Series {
  const { close } = series;
  return withFields(series, { open: close, high: close, low: close });
}

function jumping(series: Series): Series {
  const jump = (values: Float64Array): Float64Array =>
    values.map((value, bar) => (Math.floor(bar / 120) % 2 === 1 ? value * 100 : value));
  const { open, high, low, close } = series;
  return withFields(series, { open: jump(open), high: jump(high), low: jump(low), close: jump(close) });
}
