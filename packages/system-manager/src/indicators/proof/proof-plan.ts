/** What is to be proved: the date, its instruments, and in what portions. */
import type { EpochMs, TradingDate } from '@rtp/core';
import {
  dateLiteral,
  findSymbol,
  literal,
  type QueryRunner,
  queryDates,
  querySymbols,
  requireDays,
} from '@rtp/store-client';

export interface ProofInstrument {
  readonly instrumentId: number;
  readonly symbol: string;
  /** Whole bars from the first one stored to the end of the date. */
  readonly history: number;
}

export interface ProofPlan {
  readonly date: TradingDate;
  readonly generation: number | null;
  /** The first and, of an open date, the last minute that is looked at. */
  readonly firstDate: TradingDate;
  readonly until: EpochMs;
  readonly instruments: readonly ProofInstrument[];
  /** Every instrument that has bars or rows on the date is among them. */
  readonly whole: boolean;
}

/** Bars of a portion, which bounds the memory that reading them takes. */
const PORTION_BARS = 400_000;
const PORTION_SYMBOLS = 16;

/**
 * Plans the proof of a date: without one the newest that is sealed, else the newest. `symbols`: only these.
 * Errors: RTP_DAY_UNKNOWN, RTP_SYMBOL_UNKNOWN.
 */
export async function planProof(
  run: QueryRunner,
  wanted: { readonly date?: TradingDate | undefined; readonly symbols?: readonly string[] | undefined },
): Promise<ProofPlan> {
  const dates = await queryDates(run);
  const date = wanted.date ?? (await newestDate(run)) ?? '9999-12-31';
  requireDays(dates, date, date);
  const generation = await generationOf(run, date);
  const all = await querySymbols(run);
  const ids = wanted.symbols?.map((symbol) => findSymbol(all, symbol).instrumentId);
  const on = `date = ${dateLiteral(date)}`;
  const found = await run.rows(`
    WITH of AS (SELECT instrument_id, any_value(symbol) AS symbol FROM (
        SELECT instrument_id, symbol FROM bars WHERE ${on} AND NOT partial
        UNION ALL SELECT instrument_id, symbol FROM indicators WHERE ${on}) GROUP BY instrument_id)
    SELECT of.instrument_id::DOUBLE, of.symbol, count(b.ts)::DOUBLE
    FROM of LEFT JOIN bars b ON b.instrument_id = of.instrument_id AND b.date <= ${dateLiteral(date)} AND NOT b.partial
    GROUP BY ALL ORDER BY of.symbol`);
  const instruments = (found as [number, string, number][]).map(([instrumentId, symbol, history]) => {
    return { instrumentId, symbol, history };
  });
  const chosen = ids === undefined ? instruments : instruments.filter(({ instrumentId }) => ids.includes(instrumentId));
  return {
    date,
    generation,
    firstDate: dates[0]!,
    until: generation === null ? await newestMinute(run, date) : Number.MAX_SAFE_INTEGER,
    instruments: chosen,
    whole: chosen.length === instruments.length,
  };
}

/** The instruments in portions of bounded history. */
export function portions(instruments: readonly ProofInstrument[]): readonly (readonly ProofInstrument[])[] {
  const all: ProofInstrument[][] = [];
  let bars = Number.POSITIVE_INFINITY;
  for (const instrument of instruments) {
    const last = all.at(-1);
    bars += instrument.history;
    if (last === undefined || bars > PORTION_BARS || last.length === PORTION_SYMBOLS) {
      all.push([instrument]);
      bars = instrument.history;
    } else last.push(instrument);
  }
  return all;
}

/** `count` instruments, evenly over all of them; another choice every day. */
export function sampleOf(plan: ProofPlan, count: number): readonly ProofInstrument[] {
  const { instruments, date } = plan;
  if (instruments.length <= count) return instruments;
  const step = instruments.length / count;
  const offset = (Date.parse(`${date}T00:00:00Z`) / 86_400_000) % Math.max(1, Math.floor(step));
  return Array.from({ length: count }, (_, index) => instruments[Math.floor(index * step) + offset]!);
}

async function newestDate(run: QueryRunner): Promise<TradingDate | null> {
  const [row] = await run.rows(
    `SELECT strftime(date, '%Y-%m-%d') FROM days ORDER BY state = 'sealed' DESC, date DESC LIMIT 1`,
  );
  return (row?.[0] as TradingDate | undefined) ?? null;
}

/** Generation of the newest seal; null when the date is open (again). */
async function generationOf(run: QueryRunner, date: TradingDate): Promise<number | null> {
  const on = `date = ${dateLiteral(date)}`;
  const [row] = await run.rows(`SELECT max(generation)::DOUBLE FROM seals WHERE ${on}
    AND EXISTS (SELECT 1 FROM days WHERE ${on} AND state = ${literal('sealed')})`);
  return (row?.[0] as number | null | undefined) ?? null;
}

/** The newest minute with rows: while the date is open, bars and rows go on. */
async function newestMinute(run: QueryRunner, date: TradingDate): Promise<EpochMs> {
  const [row] = await run.rows(`SELECT max(epoch_ms(ts))::DOUBLE FROM indicators WHERE date = ${dateLiteral(date)}`);
  return (row?.[0] as number | null | undefined) ?? 0;
}
