import type { Series } from '../support/series.ts';
import { perBar } from './support/arrays.ts';
import { type LevelReplay, replayLevels, strengthOf } from './support/level-replay.ts';
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

type LevelThen = LevelReplay['live'][number][number];

/** The live levels on one side of each close, the nearest first. */
type Side = (bars: Series) => readonly (readonly LevelThen[])[];

const sideOf = (isOn: (price: number, close: number) => boolean): Side =>
  oncePerSeries((bars) =>
    replayLevels(bars).live.map((levels, bar) => {
      const close = bars.close[bar]!;
      const distance = ({ price }: LevelThen): number => (price > close ? price - close : close - price);
      return levels.filter(({ price }) => isOn(price, close)).sort((a, b) => distance(a) - distance(b));
    }),
  );

const above = sideOf((price, close) => price > close);
const below = sideOf((price, close) => price <= close);

const ranked = (side: Side, rank: number, value: (level: LevelThen) => number): Oracle => {
  return (bars) =>
    side(bars).map((levels) => {
      const level = levels[rank - 1];
      return level === undefined ? Number.NaN : value(level);
    });
};

const priceOf = ({ price }: LevelThen): number => price;

function room(bars: Series, side: Side): Values {
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
  sr_r1: ranked(above, 1, priceOf),
  sr_r2: ranked(above, 2, priceOf),
  sr_r3: ranked(above, 3, priceOf),
  sr_s1: ranked(below, 1, priceOf),
  sr_s2: ranked(below, 2, priceOf),
  sr_s3: ranked(below, 3, priceOf),
  sr_r1_strength: ranked(above, 1, strengthOf),
  sr_r2_strength: ranked(above, 2, strengthOf),
  sr_r3_strength: ranked(above, 3, strengthOf),
  sr_s1_strength: ranked(below, 1, strengthOf),
  sr_s2_strength: ranked(below, 2, strengthOf),
  sr_s3_strength: ranked(below, 3, strengthOf),
  sr_room_up: (bars) => room(bars, above),
  sr_room_down: (bars) => room(bars, below),
};
