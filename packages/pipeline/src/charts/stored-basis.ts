/**
 * Stored bars are as traded. The broker's charts are adjusted for splits and bonuses after the fact (wire §4.3): once a
 * share has had its ex-date, all its earlier candles read at the new scale. Between the two stands the adjustment:
 * `priceFactor` and `volumeFactor` are what the broker multiplied the traded values by (1:1 bonus: 1/2 and 2).
 */
import type { Bar, TradingDate } from '@rtp/core';
import type { Candles } from '@rtp/dhan';

/** One change of scale of an instrument's charts: candles of dates before `exDate` are multiplied by the factors. */
export interface BasisChange {
  readonly exDate: TradingDate;
  readonly priceFactor: number;
  readonly volumeFactor: number;
}

/** What of a stored bar can be compared with a candle. */
export type StoredMinute = Pick<Bar, 'ts' | 'close' | 'volume' | 'partial'>;

/** The factors of an adjustment that two readings of the same minutes show. */
export type Factors = Pick<BasisChange, 'priceFactor' | 'volumeFactor'>;

/** Fewer minutes in common prove nothing. */
export const MIN_COMMON_MINUTES = 20;
/** A ratio nearer to 1 than this is no split or bonus: the smallest in use, 1 for 20, is 4.8 %. */
const MIN_CHANGE = 0.03;
/** Part of the common minutes that must show the ratio: closes of the feed may be a tick off (wire §7.6). */
const MIN_FITTING = 0.9;
/** Half a paisa from the rounding of the adjusted price, and as much for its 32-bit arithmetic. */
const PRICE_TOLERANCE_RUPEES = 0.01;
/** The rounding of the adjusted volume to whole shares, and trades that the feed put into the minute beside. */
const VOLUME_TOLERANCE_SHARES = 1;
const VOLUME_TOLERANCE = 0.01;
/** Splits and bonuses are ratios of small whole numbers, or one share to as many as this. */
const MAX_TERM = 20;
const MAX_SPLIT = 100;

/**
 * The candles of `date` as they were traded: every adjustment with a later ex-date taken back, prices rounded to paise,
 * volumes to whole shares. What the broker's own rounding has lost stays lost: a price is right to half a paisa divided by
 * its factor, a volume to half a share divided by its own.
 */
export function toStoredBasis(candles: Candles, date: TradingDate, changes: readonly BasisChange[]): Candles {
  const later = changes.filter((change) => change.exDate > date);
  if (later.length === 0) return candles;
  const priceFactor = later.reduce((product, change) => product * change.priceFactor, 1);
  const volumeFactor = later.reduce((product, change) => product * change.volumeFactor, 1);
  const traded = (price: number): number => Math.round((price / priceFactor) * 100) / 100;
  return {
    ...candles,
    open: candles.open.map(traded),
    high: candles.high.map(traded),
    low: candles.low.map(traded),
    close: candles.close.map(traded),
    volume: candles.volume.map((volume) => Math.round(volume / volumeFactor)),
  };
}

/**
 * The adjustment that has happened between two readings of the same minutes: `stored` bars and `candles` that known
 * adjustments have been taken back from already. Null unless closes have one ratio within rounding, volumes have its
 * inverse, and at least 20 whole minutes are in common. Ratios of small whole numbers are given exactly.
 */
export function detectAdjustment(stored: readonly StoredMinute[], candles: Candles): Factors | null {
  const compared = compareReadings(stored, candles);
  return compared === 'same' ? null : compared;
}

/** As `detectAdjustment`, but `same` only where the minutes in common show it; null where they tell nothing. */
export function compareReadings(stored: readonly StoredMinute[], candles: Candles): Factors | 'same' | null {
  const pairs = commonMinutes(stored, candles);
  if (pairs.length < MIN_COMMON_MINUTES) return null;
  const ratio = medianOf(pairs.map(({ traded, charted }) => charted / traded));
  if (Math.abs(ratio - 1) < MIN_CHANGE) return 'same';
  // A median of many rounded ratios is far nearer than the rounding of one; the nearest whole ratio still has to fit all.
  const priceFactor = simpleRatios.find((simple) => mayBe(simple, ratio, pairs) && doesFit(pairs, simple)) ?? ratio;
  if (Math.abs(priceFactor - 1) < MIN_CHANGE || !doesFit(pairs, priceFactor)) return null;
  return { priceFactor, volumeFactor: 1 / priceFactor };
}

/** Close and volume of a minute, stored and charted. */
interface Pair {
  readonly traded: number;
  readonly charted: number;
  readonly tradedVolume: number;
  readonly chartedVolume: number;
}

function commonMinutes(stored: readonly StoredMinute[], candles: Candles): readonly Pair[] {
  const positions = new Map(candles.ts.map((ts, position) => [ts, position]));
  const pairs: Pair[] = [];
  for (const bar of stored) {
    const position = positions.get(bar.ts);
    if (position === undefined || bar.partial || bar.volume === 0) continue;
    pairs.push({
      traded: bar.close,
      charted: candles.close[position] as number,
      tradedVolume: bar.volume,
      chartedVolume: candles.volume[position] as number,
    });
  }
  return pairs;
}

function doesFit(pairs: readonly Pair[], priceFactor: number): boolean {
  let fitting = 0;
  for (const { traded, charted, tradedVolume, chartedVolume } of pairs) {
    const volume = tradedVolume / priceFactor;
    const isFit =
      Math.abs(charted - traded * priceFactor) <= PRICE_TOLERANCE_RUPEES &&
      Math.abs(chartedVolume - volume) <= VOLUME_TOLERANCE_SHARES + VOLUME_TOLERANCE * volume;
    if (isFit) fitting += 1;
  }
  return fitting >= MIN_FITTING * pairs.length;
}

/** Whether the rounding of a typical price can make `simple` read as `ratio`: spares most candidates the whole comparison. */
function mayBe(simple: number, ratio: number, pairs: readonly Pair[]): boolean {
  const price = medianOf(pairs.map(({ traded }) => traded));
  return Math.abs(simple - ratio) * price <= PRICE_TOLERANCE_RUPEES;
}

function medianOf(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] as number;
}

/** Ratios of whole numbers without a common divisor, the simplest first. */
const simpleRatios: readonly number[] = (() => {
  const terms: [number, number][] = [];
  for (let above = 1; above <= MAX_SPLIT; above += 1) {
    for (let below = 1; below <= MAX_SPLIT; below += 1) {
      const isSmall = Math.max(above, below) <= MAX_TERM || Math.min(above, below) === 1;
      if (isSmall && divisorOf(above, below) === 1) terms.push([above, below]);
    }
  }
  return terms.toSorted((a, b) => a[0] + a[1] - (b[0] + b[1])).map(([above, below]) => above / below);
})();

function divisorOf(a: number, b: number): number {
  return b === 0 ? a : divisorOf(b, a % b);
}
