import { type EpochMs, SEGMENTS, type Segment } from '@rtp/core';
import { z } from 'zod';
import { failure } from '../wire/failure-kind.ts';
import { istTextToEpoch } from '../wire/ist-text.ts';

/** Which of the three snapshot calls; each carries more than the one before. */
export type QuoteKind = 'ltp' | 'ohlc' | 'quote';

/** A snapshot of one instrument. What the kind of call does not carry is 0 (null for the trade time). */
export interface QuoteRow {
  readonly segment: Segment;
  readonly securityId: string;
  /** Rupees, always above 0. */
  readonly lastPrice: number;
  /** Instant of the last trade; null when it never traded or the kind does not say. */
  readonly lastTradeTime: EpochMs | null;
  readonly lastQuantity: number;
  /** Cumulative shares of the day. */
  readonly volume: number;
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly previousClose: number;
  /** The day's volume-weighted average price. */
  readonly averagePrice: number;
  readonly buyQuantity: number;
  readonly sellQuantity: number;
}

/** Most instruments of one call, all segments together (wire §5). */
export const MAX_QUOTE_INSTRUMENTS = 1_000;

/** Nobody's minutes are made of these: an odd one does not cost the row. */
const amount = z.number().min(0).catch(0);

const wireRow = z.object({
  last_price: z.number().positive(),
  last_trade_time: z.string().default(''),
  last_quantity: amount,
  volume: z.number().min(0).default(0),
  average_price: amount,
  buy_quantity: amount,
  sell_quantity: amount,
  ohlc: z.object({ open: amount, high: amount, low: amount, close: amount }).optional(),
});

const wireAnswer = z.object({
  data: z.record(z.string(), z.record(z.string(), z.unknown()).nullish()).nullish(),
});

/** The body of a quote call: segment to whole-number ids. Errors: RTP_DHAN_BAD_REQUEST. */
export function quoteBody(ids: ReadonlyMap<Segment, readonly string[]>): string {
  let count = 0;
  const body: Partial<Record<Segment, number[]>> = {};
  for (const [segment, securityIds] of ids) {
    if (securityIds.length === 0) continue;
    count += securityIds.length;
    body[segment] = securityIds.map((id) => {
      if (!/^\d+$/.test(id)) throw failure('bad_request', `"${id}" is no security id.`);
      return Number(id);
    });
  }
  if (count === 0 || count > MAX_QUOTE_INSTRUMENTS) {
    throw failure('bad_request', `A quote call takes 1 to ${MAX_QUOTE_INSTRUMENTS} instruments, not ${count}.`);
  }
  return JSON.stringify(body);
}

/**
 * Reads a quote answer. Instruments that were not asked for, and those without a last price above 0 (unknown ids come
 * back as 0) or with a volume below, have no row. Errors: RTP_DHAN_MALFORMED.
 */
export function readQuotes(body: unknown): readonly QuoteRow[] {
  const parsed = wireAnswer.safeParse(body);
  if (!parsed.success) throw failure('malformed', `The quote answer is not usable: ${z.prettifyError(parsed.error)}`);
  const rows: QuoteRow[] = [];
  for (const segment of SEGMENTS) {
    for (const [securityId, wire] of Object.entries(parsed.data.data?.[segment] ?? {})) {
      const { data: row } = wireRow.safeParse(wire);
      if (row === undefined) continue;
      rows.push({
        segment,
        securityId,
        lastPrice: row.last_price,
        lastTradeTime: istTextToEpoch(row.last_trade_time),
        lastQuantity: row.last_quantity,
        volume: row.volume,
        open: row.ohlc?.open ?? 0,
        high: row.ohlc?.high ?? 0,
        low: row.ohlc?.low ?? 0,
        previousClose: row.ohlc?.close ?? 0,
        averagePrice: row.average_price,
        buyQuantity: row.buy_quantity,
        sellQuantity: row.sell_quantity,
      });
    }
  }
  return rows;
}
