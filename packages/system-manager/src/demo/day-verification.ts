import { join } from 'node:path';
import type { DataPaths, SessionCalendar, TradingDate } from '@rtp/core';
import { type CatalogueConnection, connectCatalogue, literal, type QueryValue } from '@rtp/store-client';

/** How the stored day compares with the recording it was replayed from. Counts of (symbol, minute). */
export interface DayVerification {
  /** Recorded minutes with volume (all of an index's) inside the session. */
  readonly recorded: number;
  /** Of these, stored with equal open, high, low, close and volume. */
  readonly exact: number;
  /** Stored minutes that the recording does not have, or that stand twice. */
  readonly surplus: number;
  /** Recorded minutes without a trade, or without a row, and those of them that are absences with reason no_trades. */
  readonly quiet: number;
  readonly quietAbsent: number;
  /** Recorded minutes that the live feed had, and per field how many of those the official candle corrected. */
  readonly live: number;
  readonly differing: Readonly<Record<'open' | 'high' | 'low' | 'close' | 'volume', number>>;
}

/** Nothing recorded is missing, altered or doubled, and something was compared. */
export function isExact(result: DayVerification): boolean {
  return (
    result.recorded > 0 &&
    result.exact === result.recorded &&
    result.surplus === 0 &&
    result.quietAbsent === result.quiet
  );
}

/**
 * Compares the stored bars of `date` with the prepared day, through the catalogue as any reader sees it.
 * Errors: RTP_CATALOGUE_MISSING, RTP_CATALOGUE_UNREADABLE.
 */
export async function verifyDay(
  paths: DataPaths,
  calendar: SessionCalendar,
  date: TradingDate,
): Promise<DayVerification> {
  const catalogue = await connectCatalogue(paths);
  try {
    return await compare(catalogue, paths, calendar, date);
  } finally {
    catalogue.close();
  }
}

async function compare(
  { run }: CatalogueConnection,
  paths: DataPaths,
  calendar: SessionCalendar,
  date: TradingDate,
): Promise<DayVerification> {
  const bars = literal(join(paths.preparedDayDir, 'bars.parquet'));
  const minutes = (['share', 'cas_share', 'index'] as const)
    .map((kind) => {
      const expected = calendar.expectedMinutes({ class: kind }, date).join(', ');
      return `SELECT '${kind}' AS class, unnest([${expected}]::BIGINT[]) AS minute_ms`;
    })
    .join(' UNION ALL ');
  const owed = `
    owed AS (
      SELECT i.symbol, i.class, m.minute_ms, r.open, r.high, r.low, r.close, r.volume,
             r.symbol IS NOT NULL AND (r.volume > 0 OR i.class = 'index') AS traded
      FROM (SELECT DISTINCT symbol, class FROM instruments WHERE symbol IN (SELECT symbol FROM ${bars})) i
      JOIN (${minutes}) m USING (class)
      LEFT JOIN ${bars} r ON r.symbol = i.symbol AND epoch_ms(r.time) = m.minute_ms
    ),
    stored AS (SELECT symbol, epoch_ms(ts) AS minute_ms, open, high, low, close, volume FROM bars WHERE date = '${date}')`;
  const same = ['open', 'high', 'low', 'close', 'volume'].map((field) => `o.${field} = s.${field}`).join(' AND ');

  const [totals = []] = await run.rows(`
    WITH ${owed},
    matched AS (SELECT o.*, s.symbol IS NOT NULL AND ${same} AS exact FROM owed o LEFT JOIN stored s USING (symbol, minute_ms))
    SELECT count(*) FILTER (traded)::DOUBLE, count(*) FILTER (traded AND exact)::DOUBLE,
           count(*) FILTER (NOT traded)::DOUBLE FROM matched`);
  const [surplus = []] = await run.rows(`
    WITH ${owed}
    SELECT ((SELECT count(*) FROM stored) -
            (SELECT count(*) FROM (SELECT DISTINCT symbol, minute_ms FROM stored) s
             JOIN owed o USING (symbol, minute_ms) WHERE o.traded))::DOUBLE`);
  const [absent = []] = await run.rows(`
    WITH ${owed}
    SELECT count(DISTINCT (o.symbol, o.minute_ms))::DOUBLE FROM owed o
    JOIN (SELECT symbol, epoch_ms(ts) AS minute_ms FROM absences WHERE date = '${date}' AND reason = 'no_trades') a
      USING (symbol, minute_ms) WHERE NOT o.traded`);
  const [live = []] = await run.rows(`
    WITH ${owed},
    feed AS (SELECT symbol, epoch_ms(ts) AS minute_ms, last(open ORDER BY revision) AS open, last(high ORDER BY revision) AS high,
                    last(low ORDER BY revision) AS low, last(close ORDER BY revision) AS close, last(volume ORDER BY revision) AS volume
             FROM bars_revisions WHERE date = '${date}' AND source = 'feed' GROUP BY ALL)
    SELECT count(*)::DOUBLE, count(*) FILTER (o.open <> s.open)::DOUBLE, count(*) FILTER (o.high <> s.high)::DOUBLE,
           count(*) FILTER (o.low <> s.low)::DOUBLE, count(*) FILTER (o.close <> s.close)::DOUBLE,
           count(*) FILTER (o.volume <> s.volume)::DOUBLE
    FROM owed o JOIN feed s USING (symbol, minute_ms) WHERE o.traded`);
  const at = (row: readonly QueryValue[], column: number): number => Number(row[column] ?? 0);
  return {
    recorded: at(totals, 0),
    exact: at(totals, 1),
    surplus: at(surplus, 0),
    quiet: at(totals, 2),
    quietAbsent: at(absent, 0),
    live: at(live, 0),
    differing: {
      open: at(live, 1),
      high: at(live, 2),
      low: at(live, 3),
      close: at(live, 4),
      volume: at(live, 5),
    },
  };
}
