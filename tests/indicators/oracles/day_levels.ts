import type { Series } from '../support/series.ts';
import { highest, lowest } from './support/arrays.ts';
import type { Oracle, Oracles, Values } from './support/oracle.ts';
import { ofSessionBefore, type SessionBars, sinceOpening } from './support/sessions.ts';

/** The session before: its high, low and close, its range and their mean. */
interface DayBefore {
  readonly h: number;
  readonly l: number;
  readonly c: number;
  readonly r: number;
  readonly p: number;
}

const level =
  (price: (day: DayBefore) => number): Oracle =>
  (bars) =>
    ofSessionBefore(bars, (before) => {
      const h = highest(before.map((bar) => bars.high[bar]!));
      const l = lowest(before.map((bar) => bars.low[bar]!));
      const c = bars.close[before.at(-1)!]!;
      return price({ h, l, c, r: h - l, p: (h + l + c) / 3 });
    }).map((value) => value ?? Number.NaN);

/** From the bars of the first minutes, once they are over. */
const openingRange = (bars: Series, minutes: number, value: (range: SessionBars, bar: number) => number): Values =>
  sinceOpening(bars, (soFar) => {
    const bar = soFar.at(-1)!;
    const range = soFar.filter((other) => bars.minuteOfSession[other]! < minutes);
    return range.length === 0 || bars.minuteOfSession[bar]! < minutes - 1 ? Number.NaN : value(range, bar);
  });

const openingHigh = (bars: Series, minutes: number): Values =>
  openingRange(bars, minutes, (range) => highest(range.map((bar) => bars.high[bar]!)));

const openingLow = (bars: Series, minutes: number): Values =>
  openingRange(bars, minutes, (range) => lowest(range.map((bar) => bars.low[bar]!)));

export const dayLevels: Oracles = {
  pivot: level(({ p }) => p),
  pivot_r1: level(({ p, l }) => 2 * p - l),
  pivot_r2: level(({ p, r }) => p + r),
  pivot_r3: level(({ p, h, l }) => h + 2 * (p - l)),
  pivot_s1: level(({ p, h }) => 2 * p - h),
  pivot_s2: level(({ p, r }) => p - r),
  pivot_s3: level(({ p, h, l }) => l - 2 * (h - p)),
  fib_r1: level(({ p, r }) => p + 0.382 * r),
  fib_r2: level(({ p, r }) => p + 0.618 * r),
  fib_r3: level(({ p, r }) => p + r),
  fib_s1: level(({ p, r }) => p - 0.382 * r),
  fib_s2: level(({ p, r }) => p - 0.618 * r),
  fib_s3: level(({ p, r }) => p - r),
  cam_r1: level(({ c, r }) => c + (1.1 * r) / 12),
  cam_r2: level(({ c, r }) => c + (1.1 * r) / 6),
  cam_r3: level(({ c, r }) => c + (1.1 * r) / 4),
  cam_r4: level(({ c, r }) => c + (1.1 * r) / 2),
  cam_s1: level(({ c, r }) => c - (1.1 * r) / 12),
  cam_s2: level(({ c, r }) => c - (1.1 * r) / 6),
  cam_s3: level(({ c, r }) => c - (1.1 * r) / 4),
  cam_s4: level(({ c, r }) => c - (1.1 * r) / 2),
  cpr_bc: level(({ p, h, l }) => Math.min((h + l) / 2, 2 * p - (h + l) / 2)),
  cpr_tc: level(({ p, h, l }) => Math.max((h + l) / 2, 2 * p - (h + l) / 2)),
  pd_high: level(({ h }) => h),
  pd_low: level(({ l }) => l),
  pd_close: level(({ c }) => c),
  or15_high: (bars) => openingHigh(bars, 15),
  or15_low: (bars) => openingLow(bars, 15),
  or30_high: (bars) => openingHigh(bars, 30),
  or30_low: (bars) => openingLow(bars, 30),
  or15_break: (bars) => {
    const [high, low] = [openingHigh(bars, 15), openingLow(bars, 15)];
    return openingRange(
      bars,
      15,
      (_, bar) => Number(bars.close[bar]! > high[bar]!) - Number(bars.close[bar]! < low[bar]!),
    );
  },
};
