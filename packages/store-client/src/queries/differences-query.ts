import type { BarSource, TradingDate } from '@rtp/core';
import { dateLiteral, type QueryRunner } from './query-runner.ts';

/** How far a price of live bars was from the official one; null where nothing was compared. */
export interface PriceDifference {
  /** Minutes compared in which it was another. */
  readonly differ: number;
  /** Mean absolute difference over all minutes compared, basis points of the official close. */
  readonly meanBp: number | null;
  readonly maxBp: number | null;
}

export interface VolumeDifference {
  readonly differ: number;
  /** Mean absolute difference over all minutes compared, percent of the official volume. */
  readonly meanPercent: number | null;
  readonly maxPercent: number | null;
}

/** What the bars of one live source were worth, of one instrument on one date. */
export interface SourceDifferences {
  readonly date: TradingDate;
  readonly symbol: string;
  readonly instrumentId: number;
  readonly source: Exclude<BarSource, 'chart'>;
  /** Minutes with a whole bar of the source and an official one, equal ones included. */
  readonly compared: number;
  /** Minutes with an official bar that the source did not see whole; they are not compared. */
  readonly partial: number;
  readonly open: PriceDifference;
  readonly high: PriceDifference;
  readonly low: PriceDifference;
  readonly close: PriceDifference;
  readonly volume: VolumeDifference;
}

const PRICES = ['open', 'high', 'low', 'close'] as const;
const FIELDS = [...PRICES, 'volume'] as const;
const unitOf = (field: string): string => (field === 'volume' ? 'percent' : 'bp');

/** Differences from `from` to `to`, by date, symbol and source; of one instrument, or of all. */
export async function queryDifferences(
  run: QueryRunner,
  from: TradingDate,
  to: TradingDate,
  instrumentId?: number,
): Promise<readonly SourceDifferences[]> {
  const columns = FIELDS.flatMap((field) => [
    `${field}_differ::DOUBLE`,
    `${field}_mean_${unitOf(field)}`,
    `${field}_max_${unitOf(field)}`,
  ]);
  const only = instrumentId === undefined ? '' : ` AND instrument_id = ${instrumentId}`;
  const rows = await run.rows(`
    SELECT strftime(date, '%Y-%m-%d'), symbol, instrument_id::DOUBLE, source, compared::DOUBLE, partial::DOUBLE,
      ${columns.join(', ')}
    FROM differences WHERE date BETWEEN ${dateLiteral(from)} AND ${dateLiteral(to)}${only} ORDER BY date, symbol, source`);
  return rows.map(([date, symbol, id, source, compared, partial, ...rest]) => {
    const prices = PRICES.map((field, index) => {
      const [differ, meanBp, maxBp] = rest.slice(index * 3);
      return [field, { differ, meanBp, maxBp }] as const;
    });
    const [differ, meanPercent, maxPercent] = rest.slice(PRICES.length * 3);
    const head = { date, symbol, instrumentId: id, source, compared, partial };
    return {
      ...head,
      ...Object.fromEntries(prices),
      volume: { differ, meanPercent, maxPercent },
    } as unknown as SourceDifferences;
  });
}
