/** What the catalogue says of bars beside their prices: recorded sessions, the tick of the listing, the benchmark. */
import { mergedWindows, type SessionWindow, type TradingDate, tradingDateOf } from '@rtp/core';
import type { TradingDays } from '@rtp/indicators';
import type { NumberRunner, QueryRunner } from '@rtp/store-client';

/** The sessions as recorded with the days; the windows of all classes together. */
export async function recordedDays(run: QueryRunner): Promise<TradingDays> {
  const rows = await run.rows(`SELECT DISTINCT strftime(date, '%Y-%m-%d'), epoch_ms(open_ts)::DOUBLE,
    epoch_ms(close_ts)::DOUBLE FROM sessions`);
  const windows = new Map<TradingDate, SessionWindow[]>();
  for (const [date, openMs, closeMs] of rows as [TradingDate, number, number][]) {
    windows.set(date, [...(windows.get(date) ?? []), { openMs, closeMs }]);
  }
  const days = new Map([...windows].map(([date, all]) => [date, { windows: mergedWindows(all) }]));
  return { tradingDay: (date) => days.get(date) ?? null };
}

/** Price steps in rupees, by instrument and time. */
export type TickOf = (instrumentId: number, time: number) => number;

/** The tick of the listing that is valid on the date, else of the next one, else of the last. */
export async function recordedTicks(run: QueryRunner): Promise<TickOf> {
  const rows = await run.rows(`SELECT instrument_id::DOUBLE, strftime(valid_from, '%Y-%m-%d'),
    coalesce(strftime(valid_to, '%Y-%m-%d'), '9999-12-31'), tick_paise::DOUBLE / 100
    FROM instruments ORDER BY instrument_id, valid_from`);
  const listings = new Map<number, { from: TradingDate; to: TradingDate; tick: number }[]>();
  for (const [instrumentId, from, to, tick] of rows as [number, TradingDate, TradingDate, number][]) {
    listings.set(instrumentId, [...(listings.get(instrumentId) ?? []), { from, to, tick }]);
  }
  return (instrumentId, time) => {
    const of = listings.get(instrumentId) ?? [];
    if (of.length === 1) return of[0]!.tick;
    const date = tradingDateOf(time);
    const valid = of.find(({ from, to }) => from <= date && date <= to) ?? of.find(({ from }) => from > date);
    return (valid ?? of.at(-1))?.tick ?? Number.NaN;
  };
}

/** Closes of NIFTY, by minute. */
export interface BenchCloses {
  readonly times: Float64Array;
  readonly closes: Float64Array;
}

export async function benchCloses(run: NumberRunner, until: TradingDate): Promise<BenchCloses> {
  const times: number[] = [];
  const closes: number[] = [];
  const sql = `SELECT epoch_ms(ts)::DOUBLE, close FROM bars WHERE NOT partial AND date <= DATE '${until}'
    AND instrument_id IN (SELECT instrument_id FROM instruments WHERE symbol = 'NIFTY' AND class = 'index') ORDER BY ts`;
  for await (const [time, close] of run.numbers(sql)) {
    for (let row = 0; row < time!.length; row += 1) {
      times.push(time![row]!);
      closes.push(close![row]!);
    }
  }
  return { times: Float64Array.from(times), closes: Float64Array.from(closes) };
}
