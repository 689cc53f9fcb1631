import { generator, randomSeries, type Series } from './series.ts';

/**
 * A price that rests, leaves with volume and comes back, without, to just beyond where it rested, many times to the
 * same side: its zones lie like stairs, and one made of bars with long shadows may reach over several others.
 */
export function stairSeries(seed: number, length: number, price = 850, tick = 0.05): Series {
  const walk = startWalk(seed, length, price, tick);
  while (walk.bar < length) {
    if (walk.random() < 0.1) walk.direction *= -1;
    const rest = walk.last;
    const shadow = walk.random() < 0.3 ? 0.7 : 0.05;
    for (let left = 3; left > 0; left -= 1) addBar(walk, rest + walk.unit * between(walk, -0.05, 0.05), shadow, 1);
    leave(walk, 2);
    comeBack(walk, rest + walk.direction * walk.unit * between(walk, 0, 0.4));
  }
  return walk.bars;
}

/**
 * As stairs, but of high zones, and price comes back into them, calms down, and makes small stairs there: zones in
 * zones, of which it is in several at once.
 */
export function nestedSeries(seed: number, length: number, price = 850, tick = 0.05): Series {
  const walk = startWalk(seed, length, price, tick);
  const { unit } = walk;
  while (walk.bar < length) {
    turn(walk);
    for (let left = 20; left > 0; left -= 1) addBar(walk, walk.last + unit * between(walk, -1.5, 1.5), 0.5, 1);
    for (let left = 5; left > 0; left -= 1) {
      addBar(walk, walk.last - walk.direction * unit * between(walk, 0.4, 0.6), 0.05, 1);
    }
    const far = walk.last;
    walk.unit = 1.6 * unit;
    leave(walk, 4);
    comeBack(walk, far + walk.direction * unit * between(walk, 0.5, 1.5));

    walk.unit = 0.1 * unit;
    const home = walk.last;
    for (let left = 24; left > 0; left -= 1) {
      turn(walk);
      for (let left = 3; left > 0; left -= 1) addBar(walk, walk.last + walk.unit * between(walk, -0.3, 0.3), 0.05, 1);
      leave(walk, 2);
      comeBack(walk, home + walk.unit * between(walk, -1, 1));
    }
    walk.unit = unit;
  }
  return walk.bars;
}

interface Walk {
  readonly bars: Series;
  readonly random: () => number;
  readonly onGrid: (price: number) => number;
  bar: number;
  last: number;
  /** Typical move of a bar. */
  unit: number;
  /** +1 up, -1 down: where price leaves to. */
  direction: number;
}

function startWalk(seed: number, length: number, price: number, tick: number): Walk {
  const onGrid = (value: number): number => Math.max(1, Math.round(value / tick)) * tick;
  return {
    bars: randomSeries({ seed, length, price, tick, flat: 0, quiet: 0 }),
    random: generator(seed + 1),
    onGrid,
    bar: 0,
    last: onGrid(price),
    unit: 0.001 * price,
    direction: 1,
  };
}

const between = ({ random }: Walk, from: number, to: number): number => from + random() * (to - from);

function turn(walk: Walk): void {
  walk.direction = walk.random() < 0.5 ? 1 : -1;
}

function leave(walk: Walk, bars: number): void {
  for (let left = bars; left > 0; left -= 1) {
    addBar(walk, walk.last + walk.direction * walk.unit * between(walk, 1, 2.5), 0.3, 5);
  }
}

function comeBack(walk: Walk, to: number): void {
  for (let left = Math.floor(between(walk, 2, 7)); left > 0; left -= 1) {
    addBar(walk, walk.last + (to - walk.last) / left, 0.1, 1);
  }
}

/** Its shadow, of up to so many units, points away from where price leaves to. */
function addBar(walk: Walk, close: number, shadow: number, activity: number): void {
  const { bars, bar, last, unit, direction, onGrid } = walk;
  if (bar === bars.length) return;
  const edge = close - direction * between(walk, 0, shadow) * unit;
  bars.open[bar] = last;
  bars.close[bar] = onGrid(close);
  bars.high[bar] = onGrid(Math.max(last, close, edge));
  bars.low[bar] = onGrid(Math.min(last, close, edge));
  bars.volume[bar] = Math.floor(1_000 * activity * between(walk, 0.5, 1));
  walk.last = bars.close[bar]!;
  walk.bar += 1;
}
