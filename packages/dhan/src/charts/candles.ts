import type { EpochMs } from '@rtp/core';
import { MINUTE_MS } from '@rtp/core';
import { failure } from '../wire/failure-kind.ts';

/** Candles as parallel arrays of equal length, ascending by `ts`. */
export interface Candles {
  /** Candle start, epoch ms. */
  readonly ts: readonly EpochMs[];
  /** Rupees (index points for an index). */
  readonly open: readonly number[];
  readonly high: readonly number[];
  readonly low: readonly number[];
  readonly close: readonly number[];
  /** Shares, whole; 0 for an index. */
  readonly volume: readonly number[];
  /**
   * Starts of candles that cannot be true and are left out: the minute has been charted, but not as what. Absent when there
   * is none; a start that is no instant of the dates asked for is given as NaN.
   */
  readonly impossible?: readonly EpochMs[];
}

const PRICE_KEYS = ['open', 'high', 'low', 'close'] as const;
const ARRAY_KEYS = ['timestamp', ...PRICE_KEYS, 'volume'] as const;
type ArrayKey = (typeof ARRAY_KEYS)[number];

export const NO_CANDLES: Candles = Object.freeze({ ts: [], open: [], high: [], low: [], close: [], volume: [] });

/**
 * The bare parallel arrays of a chart answer (wire §4.3), of which those starting in [`start`, `end`) are
 * kept. Checked by hand in one pass: the rules run across the arrays, which may hold 33,000 candles each. Null
 * arrays are empty (wire §4.6). A candle whose values contradict each other or come twice is impossible and no reason to
 * refuse the others; of an answer that is no equal arrays nothing is believed. Errors: RTP_DHAN_MALFORMED.
 */
export function readCandles(body: unknown, start: EpochMs, end: EpochMs): Candles {
  const arrays = readArrays(body);
  const kept = {
    ts: [] as number[],
    open: [] as number[],
    high: [] as number[],
    low: [] as number[],
    close: [] as number[],
    volume: [] as number[],
  };
  const impossible = new Set<number>();
  let previous = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < arrays.timestamp.length; i += 1) {
    const seconds = arrays.timestamp[i];
    const ts = typeof seconds === 'number' ? seconds * 1_000 : Number.NaN;
    if (ts < start || ts >= end) continue;
    if (!Number.isSafeInteger(ts) || ts % MINUTE_MS !== 0) {
      impossible.add(Number.NaN);
      continue;
    }
    const row = PRICE_KEYS.map((key) => arrays[key][i]);
    const volume = arrays.volume[i];
    if (ts <= previous || !isPossible(row, volume)) {
      impossible.add(ts);
      continue;
    }
    previous = ts;
    const [open, high, low, close] = row;
    kept.ts.push(ts);
    kept.open.push(open as number);
    kept.high.push(high as number);
    kept.low.push(low as number);
    kept.close.push(close as number);
    // Split-adjusted history may hold fractions of a share.
    kept.volume.push(Math.round(volume as number));
  }
  return impossible.size === 0 ? kept : without(kept, impossible);
}

/** Of two candles of one minute neither is believed. */
function without(candles: Candles, impossible: ReadonlySet<number>): Candles {
  const isLeft = (_value: unknown, position: number): boolean => !impossible.has(candles.ts[position] as number);
  return {
    ts: candles.ts.filter(isLeft),
    open: candles.open.filter(isLeft),
    high: candles.high.filter(isLeft),
    low: candles.low.filter(isLeft),
    close: candles.close.filter(isLeft),
    volume: candles.volume.filter(isLeft),
    impossible: [...impossible],
  };
}

function readArrays(body: unknown): Record<ArrayKey, readonly unknown[]> {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) throw bad('it is not an object of arrays');
  const found = {} as Record<ArrayKey, readonly unknown[]>;
  for (const key of ARRAY_KEYS) {
    const value = (body as Record<string, unknown>)[key];
    if (value !== null && !Array.isArray(value)) throw bad(`"${key}" is not an array`);
    found[key] = value ?? [];
  }
  for (const key of ARRAY_KEYS) {
    if (found[key].length !== found.timestamp.length) {
      throw bad(`"${key}" has ${found[key].length} values for ${found.timestamp.length} timestamps`);
    }
  }
  return found;
}

/** `prices` in the order of `PRICE_KEYS`. */
function isPossible(prices: readonly unknown[], volume: unknown): boolean {
  if (!prices.every((price) => typeof price === 'number' && price > 0 && price < Number.POSITIVE_INFINITY))
    return false;
  const [, high, low, close] = prices as number[] as [number, number, number, number];
  return low <= high && low <= close && close <= high && isVolume(volume);
}

const isVolume = (volume: unknown): boolean => typeof volume === 'number' && Number.isFinite(volume) && volume >= 0;
const bad = (what: string) => failure('malformed', `The chart answer is not usable: ${what}.`);
