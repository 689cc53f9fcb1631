import type { Series } from '../support/series.ts';
import { perBar } from './support/arrays.ts';
import { replayLevels, strengthOf } from './support/level-replay.ts';
import { oncePerSeries } from './support/once.ts';
import type { Oracle, Oracles, Values } from './support/oracle.ts';
import { atr } from './support/prices.ts';
import { type Swing, swingsOf } from './support/swings.ts';

const swings = oncePerSeries(swingsOf);

/** From the last swing of a kind that is known at each bar. */
const lastSwing = (kind: Swing['kind'], value: (swing: Swing, bar: number) => number): Oracle => {
  return (bars) =>
    perBar(bars.length, (bar) => {
      const last = swings(bars).findLast((swing) => swing.kind === kind && swing.knownAt <= bar);
      return last === undefined ? Number.NaN : value(last, bar);
    });
};

type Ranked = { readonly price: number; readonly weight: number };

const isAbove = ({ price }: Ranked, close: number): boolean => price > close;
const isBelow = ({ price }: Ranked, close: number): boolean => price <= close;

/** From the level of a rank on one side of the close, the nearest first. */
const ranked = (side: typeof isAbove, rank: number, value: (level: Ranked) => number): Oracle => {
  return (bars) =>
    perBar(bars.length, (bar) => {
      const close = bars.close[bar]!;
      const level = replayLevels(bars)
        .live[bar]!.filter((level) => side(level, close))
        .sort((a, b) => Math.abs(a.price - close) - Math.abs(b.price - close))[rank - 1];
      return level === undefined ? Number.NaN : value(level);
    });
};

const priceOf = ({ price }: Ranked): number => price;

function room(bars: Series, side: typeof isAbove): Values {
  const nearest = ranked(side, 1, priceOf)(bars);
  const range = atr(bars, 14);
  return perBar(bars.length, (bar) => {
    const distance = Math.abs(nearest[bar]! - bars.close[bar]!);
    return distance === 0 ? 0 : Math.min(1000, distance / range[bar]!);
  });
}

export const levels: Oracles = {
  swing_high: lastSwing('high', ({ price }) => price),
  swing_low: lastSwing('low', ({ price }) => price),
  swing_high_age: lastSwing('high', ({ at }, bar) => Math.min(bar - at, 32_767)),
  swing_low_age: lastSwing('low', ({ at }, bar) => Math.min(bar - at, 32_767)),
  sr_r1: ranked(isAbove, 1, priceOf),
  sr_r2: ranked(isAbove, 2, priceOf),
  sr_r3: ranked(isAbove, 3, priceOf),
  sr_s1: ranked(isBelow, 1, priceOf),
  sr_s2: ranked(isBelow, 2, priceOf),
  sr_s3: ranked(isBelow, 3, priceOf),
  sr_r1_strength: ranked(isAbove, 1, strengthOf),
  sr_r2_strength: ranked(isAbove, 2, strengthOf),
  sr_r3_strength: ranked(isAbove, 3, strengthOf),
  sr_s1_strength: ranked(isBelow, 1, strengthOf),
  sr_s2_strength: ranked(isBelow, 2, strengthOf),
  sr_s3_strength: ranked(isBelow, 3, strengthOf),
  sr_room_up: (bars) => room(bars, isAbove),
  sr_room_down: (bars) => room(bars, isBelow),
};
