import type { EpochMs } from '@rtp/core';
import type { BarColumns } from '../market/market-day.ts';
import type { Random } from '../random.ts';
import { onTick, tickOf } from './price-tick.ts';
import { volumeCurve } from './volume-curve.ts';

/** Taken once: where modules run in a sandbox, as under Jest, each look-up of a global costs more than the arithmetic. */
const { exp, max, min, round, sqrt } = Math;

/** How an instrument trades, as its own day shows. */
export interface TradingHabit {
  /** Shares in a minute that has trades, on average; 0 for an index. */
  readonly minuteVolume: number;
  /** Part of the minutes without a trade. */
  readonly quiet: number;
  /** Standard deviation of a minute's return. */
  readonly volatility: number;
}

/** What is settled about a session before its minutes are made up. Prices and `shares` are those of its own date. */
export interface SessionPlan {
  readonly minutes: readonly EpochMs[];
  readonly habit: TradingHabit;
  readonly isIndex: boolean;
  /** The session's first price lies near it. */
  readonly previousClose: number;
  /** Close of the last minute with trades. */
  readonly lastPrice: number;
  /** Later shares for each share of the session: a split makes earlier volumes smaller. */
  readonly shares: number;
}

/** Standard deviation of the first price against the close before it. */
const GAP = 0.003;
const INDEX_TICK = 0.05;

/**
 * A session's minutes on the way from one close to the next: a random walk bent so that it ends at the given price.
 * A share's minute without trades is flat and has no volume. At least one minute trades.
 */
export function earlierSession(plan: SessionPlan, random: Random): BarColumns {
  const { minutes, habit, isIndex, previousClose, lastPrice } = plan;
  const count = minutes.length;
  const tick = isIndex ? INDEX_TICK : tickOf(previousClose);
  const first = onTick(previousClose * exp(random.normal() * GAP), tick);
  const volume = isIndex ? new Float64Array(count) : volumes(plan, random);
  const trades = (index: number): boolean => isIndex || volume[index] !== 0;
  const walk = wander(count, habit.volatility, random);
  let lastTraded = count - 1;
  while (lastTraded > 0 && !trades(lastTraded)) lastTraded -= 1;
  const bend = (lastPrice / first - 1 - (walk[lastTraded] ?? 0)) / (lastTraded + 1);

  const open = new Float64Array(count);
  const high = new Float64Array(count);
  const low = new Float64Array(count);
  const close = new Float64Array(count);
  let last = first;
  for (let index = 0; index < count; index += 1) {
    if (!trades(index)) {
      open[index] = high[index] = low[index] = close[index] = last;
      continue;
    }
    const began = index === 0 ? first : onTick(last + (random.below(3) - 1) * tick, tick);
    const aim = first * (1 + (walk[index] as number) + bend * (index + 1));
    const ended = index === lastTraded ? lastPrice : onTick(aim, tick);
    const top = max(began, ended);
    const bottom = min(began, ended);
    const wick = last * habit.volatility;
    open[index] = began;
    // The last price may lie between two ticks, where a split has made it: the minute holds it all the same.
    high[index] = max(top, onTick(top + random.next() * wick, tick));
    low[index] = min(bottom, onTick(bottom - random.next() * wick, tick));
    close[index] = ended;
    last = ended;
  }
  return { ts: Float64Array.from(minutes), open, high, low, close, volume };
}

/** Shares traded in each minute; 0 in quiet ones, of which there is one less where there would be nothing else. */
function volumes({ minutes, habit, shares }: SessionPlan, random: Random): Float64Array {
  const typical = (habit.minuteVolume * exp(random.normal() * 0.3)) / shares;
  const volume = new Float64Array(minutes.length);
  let isEmpty = true;
  for (const [index, busy] of curveOf(minutes.length).entries()) {
    if (random.next() < habit.quiet) continue;
    volume[index] = max(1, round(typical * busy * (0.5 + random.next())));
    isEmpty = false;
  }
  if (isEmpty) volume[0] = max(1, round(typical));
  return volume;
}

/** A random walk from 0, wilder where a session is busy: the price's distance from the first one, as a part of it. */
function wander(count: number, volatility: number, random: Random): Float64Array {
  const walk = new Float64Array(count);
  let distance = 0;
  for (const [index, busy] of curveOf(count).entries()) {
    // Three uniform numbers have a variance of 1/4 together: near enough to a normal one, at a fraction of its cost.
    const step = (random.next() + random.next() + random.next() - 1.5) * 2;
    distance += step * volatility * sqrt(busy);
    walk[index] = distance;
  }
  return walk;
}

const curves = new Map<number, Float64Array>();

/** The volume curve of a session by its number of minutes; there are few. */
function curveOf(count: number): Float64Array {
  let curve = curves.get(count);
  if (curve === undefined) {
    curve = Float64Array.from({ length: count }, (_, index) => volumeCurve(index, count - 1 - index));
    curves.set(count, curve);
  }
  return curve;
}
