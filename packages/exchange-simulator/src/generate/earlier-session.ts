import type { EpochMs } from '@rtp/core';
import type { BarColumns } from '../market/market-day.ts';
import type { Random } from '../random.ts';
import { onTick, tickOf } from './price-tick.ts';
import { volumeCurve } from './volume-curve.ts';

/** Taken once: where modules run in a sandbox, as under Jest, each look-up of a global costs more than the arithmetic. */
const { exp, log, max, min, round, sqrt } = Math;

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
  const { minutes, habit, isIndex, previousClose, shares } = plan;
  const count = minutes.length;
  const curve = curveOf(count);
  const tick = isIndex ? INDEX_TICK : tickOf(previousClose);
  const first = onTick(previousClose * exp(random.normal() * GAP), tick);
  const walk = new Float64Array(count);
  const volume = new Float64Array(count);
  const typical = (habit.minuteVolume * exp(random.normal() * 0.3)) / shares;
  let wandered = 0;
  let lastTraded = 0;
  for (let index = 0; index < count; index += 1) {
    const busy = curve[index] as number;
    wandered += random.normal() * habit.volatility * sqrt(busy);
    walk[index] = wandered;
    const trades = isIndex || random.next() >= habit.quiet;
    if (trades) lastTraded = index;
    if (trades && !isIndex) volume[index] = max(1, round(typical * busy * (0.5 + random.next())));
  }
  if (!isIndex && volume[lastTraded] === 0) volume[lastTraded] = max(1, round(typical));
  const bend = (log(plan.lastPrice / first) - (walk[lastTraded] as number)) / (lastTraded + 1);

  const open = new Float64Array(count);
  const high = new Float64Array(count);
  const low = new Float64Array(count);
  const close = new Float64Array(count);
  let last = first;
  for (let index = 0; index < count; index += 1) {
    open[index] = last;
    let target = last;
    let wick = 0;
    if (isIndex || (volume[index] as number) > 0) {
      const exact = first * exp((walk[index] as number) + bend * (index + 1));
      target = index === lastTraded ? plan.lastPrice : onTick(exact, tick);
      wick = last * habit.volatility;
      if (index > 0) open[index] = onTick(last + (random.below(3) - 1) * tick, tick);
    }
    const began = open[index] as number;
    high[index] = wick === 0 ? began : onTick(max(began, target) + random.next() * wick, tick);
    low[index] = wick === 0 ? began : onTick(min(began, target) - random.next() * wick, tick);
    // A price that is not on the tick (an adjusted close) stays within its minute.
    high[index] = max(high[index] as number, target, began);
    low[index] = min(low[index] as number, target, began);
    close[index] = target;
    last = target;
  }
  return { ts: Float64Array.from(minutes), open, high, low, close, volume };
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
