import { type EpochMs, MINUTE_MS, type Ohlcv } from '@rtp/core';
import { hashText, mixSeeds, Random } from '../random.ts';
import { onTick, tickOf } from './price-tick.ts';
import { volumeCurve } from './volume-curve.ts';

/** Taken once: where modules run in a sandbox, as under Jest, each look-up of a global costs more than the arithmetic. */
const { exp, max, min, round, sqrt } = Math;

/** How a generated share behaves all day. */
interface ShareCharacter {
  readonly basePrice: number;
  readonly tick: number;
  /** Trades a minute, on average over the day. */
  readonly tradesPerMinute: number;
  /** Shares a trade, on average. */
  readonly tradeSize: number;
  /** Standard deviation of a minute's own return. */
  readonly volatility: number;
  /** Share of the market's return that it follows. */
  readonly beta: number;
}

/** Part of shares that trade so thinly that some minutes have no trade. */
const THIN_SHARES = 0.1;

/**
 * One share's bars over `minutes`: a random walk around the market's, volume high at the open and the close, thin
 * shares with minutes without a trade (flat, volume 0). The same seed and symbol give the same bars.
 *
 * @param marketReturns the market's return in each of `minutes`
 */
export function* shareBars(
  symbol: string,
  seed: number,
  minutes: readonly EpochMs[],
  marketReturns: Float64Array,
): Generator<{ readonly ts: EpochMs; readonly bar: Ohlcv }> {
  const random = new Random(mixSeeds(seed, hashText(symbol)));
  const character = drawCharacter(random);
  const gap = random.normal() * 0.006;
  let last = onTick(character.basePrice * exp(gap), character.tick);
  const end = minutes.at(-1) as number;
  for (const [index, ts] of minutes.entries()) {
    const curve = volumeCurve(index, (end - ts) / MINUTE_MS);
    const bar = minuteBar(random, character, last, marketReturns[index] as number, curve);
    last = bar.close;
    yield { ts, bar };
  }
}

function drawCharacter(random: Random): ShareCharacter {
  const isThin = random.next() < THIN_SHARES;
  const basePrice = min(60_000, max(12, exp(6.2 + random.normal() * 1.1)));
  return {
    basePrice,
    tick: tickOf(basePrice),
    tradesPerMinute: isThin ? 0.8 + random.next() * 4 : exp(4 + random.normal() * 0.8),
    tradeSize: max(1.5, (isThin ? 8_000 : 40_000) / basePrice) * (0.5 + random.next()),
    volatility: 0.000_3 + random.next() * 0.000_7,
    beta: 0.5 + random.next(),
  };
}

function minuteBar(random: Random, share: ShareCharacter, last: number, marketReturn: number, curve: number): Ohlcv {
  const trades = poisson(random, share.tradesPerMinute * curve);
  const own = random.normal() * share.volatility * sqrt(curve);
  const sizeNoise = exp(random.normal() * 0.4 - 0.08);
  const spread = random.normal();
  const wickUp = random.exponential();
  const wickDown = random.exponential();
  if (trades === 0) return { open: last, high: last, low: last, close: last, volume: 0 };
  const { tick } = share;
  const open = onTick(last + round(spread) * tick, tick);
  const close = trades === 1 ? open : onTick(open * exp(share.beta * marketReturn + own), tick);
  const wick = trades < 4 ? 0 : open * share.volatility * 0.5;
  return {
    open,
    high: onTick(max(open, close) + wickUp * wick, tick),
    low: onTick(min(open, close) - wickDown * wick, tick),
    close,
    volume: max(trades, round(trades * share.tradeSize * sizeNoise)),
  };
}

/** A Poisson draw; beyond 30 by its normal approximation. */
function poisson(random: Random, mean: number): number {
  if (mean > 30) return max(1, round(mean + sqrt(mean) * random.normal()));
  const limit = exp(-mean);
  let product = random.next();
  let count = 0;
  while (product > limit) {
    product *= random.next();
    count += 1;
  }
  return count;
}
