import { addDays, istIso, type SessionCalendar, type TradingDate, tradingDateOf, weekdayOf } from '@rtp/core';
import { type BuiltDay, buildDay, type ReportSources } from './build-day.ts';
import { type DayReport, REPORT_SCHEMA_VERSION } from './day-report.ts';
import { mergeFacts } from './merge-facts.ts';
import { liveSources, meanClose, minutesOf, worstSymbols } from './stored-day.ts';
import type { WeekDay, WeekReport } from './week-report.ts';
import { plural, wholeText } from './wording.ts';

/** Dates from the Monday of the week to `date`. */
export function weekTo(date: TradingDate): readonly TradingDate[] {
  const days = weekdayOf(date);
  return Array.from({ length: days }, (_, at) => addDays(date, at + 1 - days));
}

/** The report of the week that ends with `date`; `stored` are the dates anything is stored for. Errors: as `buildDay`. */
export async function buildWeek(
  sources: ReportSources,
  date: TradingDate,
  stored: readonly TradingDate[],
): Promise<WeekReport> {
  const dates = weekTo(date);
  const days: WeekDay[] = [];
  const built: BuiltDay[] = [];
  for (const of of dates) {
    if (stored.includes(of)) {
      const day = await buildDay(sources, of);
      built.push(day);
      days.push({ date: of, kind: 'stored', note: day.report.session.name ?? '', summary: summaryOf(day.report) });
    } else days.push(withoutData(sources, of, stored[0] ?? date));
  }
  const facts = mergeFacts(built.map((day) => day.facts));
  return {
    schema_version: REPORT_SCHEMA_VERSION,
    period: 'weekly',
    from: dates[0] ?? date,
    to: date,
    as_of_ist: istIso(sources.now),
    source: built[0]?.report.source ?? null,
    verdict: verdictOf(days),
    days,
    coverage: minutesOf({
      expected: sum(built, ({ expected }) => expected),
      bars: sum(built, ({ bars }) => bars),
      absences: sum(built, ({ absences }) => absences),
      unknown: sum(built, ({ unknown }) => unknown),
      pending: sum(built, ({ pending }) => pending),
    }),
    live: liveSources(facts),
    worst_symbols: [...worstSymbols(facts, dates)],
    trends: trendsOf(days),
  };
}

const sum = (built: readonly BuiltDay[], pick: (of: DayReport['coverage']) => number): number =>
  built.reduce((total, { report }) => total + pick(report.coverage), 0);

function summaryOf(day: DayReport): NonNullable<WeekDay['summary']> {
  const { symbols, expected, bars, absences, unknown, pending, coverage_percent } = day.coverage;
  const { operations } = day;
  return {
    verdict: day.verdict,
    sealed_at_ist: day.seal?.sealed_at_ist ?? null,
    coverage: { symbols, expected, bars, absences, unknown, pending, coverage_percent },
    corrected_percent: day.corrections.percent,
    close_mean_bp: meanClose(day.corrections.live),
    minute_to_known_p99_ms: day.minute_to_known.p99_ms,
    seal_to_ack_p99_ms: operations?.lag.seal_to_ack_p99_ms ?? null,
    pss_max_bytes: operations?.memory.pss_max_bytes ?? null,
    cpu_seconds: operations?.cpu.seconds ?? null,
    calls: operations?.broker.calls ?? null,
    errors: operations?.broker.errors ?? null,
    rate_limited: operations?.broker.rate_limited ?? null,
    restarts: operations?.components.reduce((total, { restarts }) => total + restarts, 0) ?? null,
    deaths: day.deaths?.length ?? null,
    proof: day.proof,
    date_bytes: day.storage.date_bytes,
    promises_missed: day.promises.flatMap(({ name, verdict }) => (verdict === 'missed' ? [name] : [])),
  };
}

function withoutData({ calendar, now }: ReportSources, date: TradingDate, first: TradingDate): WeekDay {
  const reason = closedReason(calendar, date);
  if (reason !== null) return { date, kind: 'closed', note: reason, summary: null };
  if (date < first) return { date, kind: 'outside', note: 'before the first stored day', summary: null };
  if (date >= tradingDateOf(now)) return { date, kind: 'outside', note: 'not over', summary: null };
  return { date, kind: 'missing', note: 'nothing is stored', summary: null };
}

/** Why the exchange is closed; null when it trades, or the calendar does not know the date. */
export function closedReason(calendar: SessionCalendar, date: TradingDate): string | null {
  try {
    return calendar.closedReason(date);
  } catch {
    return null;
  }
}

function verdictOf(days: readonly WeekDay[]): WeekReport['verdict'] {
  const stored = days.flatMap(({ summary }) => summary ?? []);
  const complete = stored.filter(({ verdict }) => verdict.state === 'complete').length;
  const missing = days.filter(({ kind }) => kind === 'missing').length;
  const owed = stored.reduce((total, { coverage }) => total + coverage.unknown, 0);
  const lacking = missing === 0 ? '' : `; of ${plural(missing, 'session')} nothing is stored`;
  const headline = `${wholeText(complete)} of ${plural(stored.length, 'stored day')} complete, ${plural(owed, 'minute')} still owed${lacking}.`;
  if (stored.some(({ verdict }) => verdict.state === 'incomplete') || missing > 0)
    return { state: 'incomplete', headline };
  return { state: complete === stored.length ? 'complete' : 'running', headline };
}

const TRENDS = [
  ['Coverage', '%', (of) => of.coverage.coverage_percent],
  ['Corrected bars', '%', (of) => of.corrected_percent],
  ['Live close against official', 'bp', (of) => of.close_mean_bp],
  ['Seal to store, p99', 'ms', (of) => of.seal_to_ack_p99_ms],
  ['Memory, most', 'bytes', (of) => of.pss_max_bytes],
  ['CPU', 's', (of) => of.cpu_seconds],
  ['Broker calls', 'calls', (of) => of.calls],
  ['Storage', 'bytes', (of) => of.date_bytes],
] as const satisfies readonly (readonly [string, string, (of: NonNullable<WeekDay['summary']>) => number | null])[];

function trendsOf(days: readonly WeekDay[]): WeekReport['trends'] {
  const stored = days.flatMap(({ summary }) => summary ?? []);
  const newest = stored.at(-1);
  if (newest === undefined) return [];
  return TRENDS.flatMap(([name, unit, pick]) => {
    const last = pick(newest);
    const before = stored.slice(0, -1).flatMap((of) => pick(of) ?? []);
    if (last === null || before.length === 0) return [];
    return [{ name, unit, last, before: before.reduce((total, value) => total + value, 0) / before.length }];
  });
}
