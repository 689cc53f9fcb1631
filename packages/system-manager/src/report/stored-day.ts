/** What the catalogue holds of one date, as a report tells it. */
import {
  ABSENCE_REASONS,
  BAR_SOURCES,
  BAR_STATES,
  type BarSource,
  type EpochMs,
  INSTRUMENT_CLASSES,
  isSettled,
  istIso,
  MINUTE_MS,
  OPEN_REASONS,
  type TradingDate,
} from '@rtp/core';
import {
  type DayCoverage,
  dateLiteral,
  type InstrumentCoverage,
  type QueryRunner,
  queryAbsentMinutes,
  queryCoverage,
  type SymbolInfo,
  sumCoverage,
} from '@rtp/store-client';
import { analyzeSymbols } from '../symbols/analysis.ts';
import { LiveQuality, type SourceQuality } from '../symbols/live-quality.ts';
import { readSymbolFacts, type SymbolFacts } from '../symbols/symbol-facts.ts';
import type { DayReport, ReportMinutes, SymbolLine } from './day-report.ts';

/** Symbols and runs of owed minutes that are listed. */
const LISTED = 15;

export interface StoredDay {
  readonly state: DayCoverage['state'];
  readonly coverage: DayReport['coverage'];
  readonly windows: DayReport['session']['windows'];
  readonly seal: DayReport['seal'];
  readonly bars: DayReport['bars'];
  readonly corrections: DayReport['corrections'];
  readonly minuteToKnown: DayReport['minute_to_known'];
  readonly worstSymbols: readonly SymbolLine[];
  /** Every instrument's facts, for reports of several dates. */
  readonly facts: readonly SymbolFacts[];
}

/** Reads the date. Errors: the engine's. */
export async function readStoredDay(
  run: QueryRunner,
  symbols: readonly SymbolInfo[],
  date: TradingDate,
  now: EpochMs,
): Promise<StoredDay> {
  const facts = (await readSymbolFacts(run, symbols, [date], now, () => {})).filter(({ days }) => days > 0);
  const coverage = await queryCoverage(run, date, now);
  const classes = new Map(symbols.map(({ instrumentId, class: of }) => [instrumentId, of]));
  return {
    state: coverage.state,
    coverage: { ...coverageOf(coverage, classes), ...(await owedOf(run, date, now)) },
    windows: await readWindows(run, date),
    seal: await readSeal(run, date),
    bars: await readBars(run, date, coverage.instruments),
    corrections: await readCorrections(run, date, facts),
    minuteToKnown: await readMinuteToKnown(run, date),
    worstSymbols: worstSymbols(facts, [date]),
    facts,
  };
}

/** Symbols of which minutes are owed or bars were corrected, the worst first. */
export function worstSymbols(facts: readonly SymbolFacts[], dates: readonly TradingDate[]): readonly SymbolLine[] {
  return analyzeSymbols(facts, dates, { prioritySymbols: [], thinPercent: 0 })
    .symbols.filter(({ coveragePercent, corrections }) => (coveragePercent ?? 100) < 100 || corrections > 0)
    .slice(0, LISTED)
    .map((of) => ({
      symbol: of.symbol,
      class: of.class,
      coverage_percent: of.coveragePercent,
      unknown: of.unknown,
      absences: of.absences,
      corrections: of.corrections,
      corrections_per_100: of.correctionsPer100,
      close_mean_bp: meanClose(of.liveQuality),
    }));
}

/** Mean difference of the close over the live sources, by what each was compared in. */
export function meanClose(live: readonly Pick<SourceQuality, 'compared' | 'close'>[]): number | null {
  const compared = live.reduce((sum, of) => sum + of.compared, 0);
  if (compared === 0) return null;
  return live.reduce((sum, of) => sum + (of.close.mean ?? 0) * of.compared, 0) / compared;
}

/** Counts of minutes with their coverage. */
export function minutesOf(of: Omit<ReportMinutes, 'coverage_percent'>): ReportMinutes {
  const { expected, bars, absences, unknown, pending } = of;
  const over = expected - pending;
  const percent = over === 0 ? null : (100 * (over - unknown)) / over;
  return { expected, bars, absences, unknown, pending, coverage_percent: percent };
}

function coverageOf(
  day: DayCoverage,
  classes: ReadonlyMap<number, SymbolInfo['class']>,
): Omit<DayReport['coverage'], 'owed' | 'owed_left_out'> {
  const byClass = INSTRUMENT_CLASSES.flatMap((name) => {
    const instruments = day.instruments.filter(({ instrumentId }) => classes.get(instrumentId) === name);
    if (instruments.length === 0) return [];
    const sum = sumCoverage(day.date, day.state, instruments);
    return [{ class: name, symbols: instruments.length, ...minutesOf(sum) }];
  });
  const byReason = ABSENCE_REASONS.flatMap((reason) => {
    const minutes = day.byReason[reason] ?? 0;
    return minutes === 0 ? [] : [{ reason, settled: isSettled(reason), minutes }];
  });
  return { symbols: day.instruments.length, ...minutesOf(day), by_class: byClass, by_reason: byReason };
}

async function owedOf(
  run: QueryRunner,
  date: TradingDate,
  now: EpochMs,
): Promise<Pick<DayReport['coverage'], 'owed' | 'owed_left_out'>> {
  const runs = await queryAbsentMinutes(run, date, now, OPEN_REASONS);
  const owed = runs
    .toSorted((a, b) => b.minutes - a.minutes)
    .slice(0, LISTED)
    .map(({ symbol, reason, from, to, minutes }) => {
      return { symbol, reason, from_ist: istIso(from), to_ist: istIso(to), minutes };
    });
  return { owed, owed_left_out: runs.length - owed.length };
}

async function readWindows(run: QueryRunner, date: TradingDate): Promise<StoredDay['windows']> {
  const rows = await run.rows(`
    SELECT class, epoch_ms(open_ts)::DOUBLE, epoch_ms(close_ts)::DOUBLE FROM sessions s
    WHERE date = ${dateLiteral(date)} AND class IN (SELECT class FROM tracked WHERE date = s.date) ORDER BY class, open_ts`);
  return rows.map(([of, open, close]) => {
    const instrumentClass = of as StoredDay['windows'][number]['class'];
    return { class: instrumentClass, open_ist: istIso(open as number), close_ist: istIso(close as number) };
  });
}

/** The newest receipt of the date, also of one that has been opened again since. */
async function readSeal(run: QueryRunner, date: TradingDate): Promise<StoredDay['seal']> {
  const [row] = await run.rows(`
    SELECT generation::DOUBLE, epoch_ms(sealed_at)::DOUBLE, bars::DOUBLE, checksum, complete
    FROM seals WHERE date = ${dateLiteral(date)} ORDER BY generation DESC LIMIT 1`);
  if (row === undefined) return null;
  const [generation, sealedAt, bars, checksum, complete] = row as [number, number, number, string, boolean];
  return { generation, sealed_at_ist: istIso(sealedAt), bars, checksum, complete };
}

async function readBars(
  run: QueryRunner,
  date: TradingDate,
  instruments: readonly InstrumentCoverage[],
): Promise<StoredDay['bars']> {
  const on = `date = ${dateLiteral(date)}`;
  const sum = (pick: (of: InstrumentCoverage) => number): number => instruments.reduce((all, of) => all + pick(of), 0);
  return {
    by_source: await readSources(run, `bars WHERE ${on}`),
    by_state: recordOf(BAR_STATES, (state) => sum(({ byState }) => byState[state])),
    partial: sum(({ partial }) => partial),
    first_by_source: await readSources(run, `bars_revisions WHERE ${on} AND revision = 1`),
  };
}

async function readSources(run: QueryRunner, from: string): Promise<Record<BarSource, number>> {
  const rows = await run.rows(`SELECT source, count(*)::DOUBLE FROM ${from} GROUP BY source`);
  const counts = new Map(rows as [string, number][]);
  return recordOf(BAR_SOURCES, (source) => counts.get(source) ?? 0);
}

const recordOf = <Key extends string>(keys: readonly Key[], value: (key: Key) => number): Record<Key, number> =>
  Object.fromEntries(keys.map((key) => [key, value(key)])) as Record<Key, number>;

async function readCorrections(
  run: QueryRunner,
  date: TradingDate,
  facts: readonly SymbolFacts[],
): Promise<StoredDay['corrections']> {
  const [row] = await run.rows(`
    SELECT (count(*) FILTER (revision > 1))::DOUBLE, count(*)::DOUBLE FROM bars WHERE date = ${dateLiteral(date)}`);
  const [bars, all] = row as [number, number];
  return {
    bars,
    percent: all === 0 ? null : (100 * bars) / all,
    superseded: facts.reduce((sum, { corrections }) => sum + corrections, 0),
    live: liveSources(facts),
  };
}

/** What the live sources were worth over all instruments. */
export function liveSources(facts: readonly SymbolFacts[]): DayReport['corrections']['live'] {
  const all = new LiveQuality();
  for (const { liveQuality } of facts) for (const of of liveQuality) all.addQuality(of);
  return all.sources().toSorted((a, b) => (a.source < b.source ? -1 : 1));
}

/** First bars by minute: where they came from, and how long after the minute's end those of a live source were known. */
async function readMinuteToKnown(run: QueryRunner, date: TradingDate): Promise<StoredDay['minuteToKnown']> {
  const first = `SELECT epoch_ms(ts) AS ms, source,
      CASE WHEN source <> 'chart' THEN epoch_ms(known_at) - epoch_ms(ts) - ${MINUTE_MS} END AS lag
    FROM bars_revisions WHERE date = ${dateLiteral(date)} AND revision = 1`;
  const [sum] = await run.rows(`
    SELECT count(lag)::DOUBLE, quantile_cont(lag, 0.5)::DOUBLE, quantile_cont(lag, 0.99)::DOUBLE, max(lag)::DOUBLE
    FROM (${first})`);
  const [minutes, median, p99, max] = sum as [number, number | null, number | null, number | null];
  const rows = (await run.rows(`
    SELECT ms::DOUBLE, quantile_cont(lag, 0.5)::DOUBLE, max(lag)::DOUBLE,
      ${BAR_SOURCES.map((source) => `(count(*) FILTER (source = '${source}'))::DOUBLE`).join(', ')}
    FROM (${first}) GROUP BY ms ORDER BY ms`)) as [number, number | null, number | null, number, number, number][];
  return {
    minutes,
    median_ms: median,
    p99_ms: p99,
    max_ms: max,
    series: {
      minutes_ist: rows.map(([ms]) => istIso(ms)),
      median_ms: rows.map(([, of]) => of),
      max_ms: rows.map(([, , of]) => of),
      feed: rows.map(([, , , of]) => of),
      quote: rows.map(([, , , , of]) => of),
      chart: rows.map(([, , , , , of]) => of),
    },
  };
}
