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
}

const PRICE_KEYS = ['open', 'high', 'low', 'close'] as const;
const ARRAY_KEYS = ['timestamp', ...PRICE_KEYS, 'volume'] as const;
type ArrayKey = (typeof ARRAY_KEYS)[number];

export const NO_CANDLES: Candles = Object.freeze({ ts: [], open: [], high: [], low: [], close: [], volume: [] });

/**
 * The bare parallel arrays of a chart answer (wire §4.3), of which those starting in [`start`, `end`) are
 * kept. Checked by hand in one pass: the rules run across the arrays, which may hold 33,000 candles each. Null
 * arrays are empty (wire §4.6). Errors: RTP_DHAN_MALFORMED.
 */
export function readCandles(body: unknown, start: EpochMs, end: EpochMs): Candles {
  const arrays = readArrays(body);
  const count = arrays.timestamp.length;
  const kept = {
    ts: [] as number[],
    open: [] as number[],
    high: [] as number[],
    low: [] as number[],
    close: [] as number[],
    volume: [] as number[],
  };
  let previous = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < count; i += 1) {
    const ts = (arrays.timestamp[i] as number) * 1_000;
    if (!Number.isSafeInteger(ts) || ts % MINUTE_MS !== 0) throw bad(`timestamp ${i} is ${shown(arrays.timestamp[i])}`);
    if (ts <= previous) throw bad(`timestamp ${i} does not ascend`);
    previous = ts;
    const open = price(arrays, 'open', i);
    const high = price(arrays, 'high', i);
    const low = price(arrays, 'low', i);
    const close = price(arrays, 'close', i);
    const volume = arrays.volume[i];
    if (typeof volume !== 'number' || !Number.isFinite(volume) || volume < 0)
      throw bad(`volume ${i} is ${shown(volume)}`);
    if (low > high) throw bad(`candle ${i} has its low above its high`);
    if (ts < start || ts >= end) continue;
    kept.ts.push(ts);
    kept.open.push(open);
    kept.high.push(high);
    kept.low.push(low);
    kept.close.push(close);
    // Split-adjusted history may hold fractions of a share.
    kept.volume.push(Math.round(volume));
  }
  return kept;
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

function price(arrays: Record<ArrayKey, readonly unknown[]>, key: ArrayKey, index: number): number {
  const value = arrays[key][index];
  if (typeof value !== 'number' || !(value > 0) || value === Number.POSITIVE_INFINITY)
    throw bad(`${key} ${index} is ${shown(value)}`);
  return value;
}

const shown = (value: unknown): string => JSON.stringify(value) ?? String(value);
const bad = (what: string) => failure('malformed', `The chart answer is not usable: ${what}.`);
