import { readFileSync } from 'node:fs';
import {
  atIst,
  type DataPaths,
  type EpochMs,
  istIso,
  MINUTE_MS,
  proofFile,
  proofFileSchema,
  type SessionCalendar,
  type TradingDate,
} from '@rtp/core';
import type { QueryRunner, SymbolInfo } from '@rtp/store-client';
import { readSourceStamp } from '../source/source-stamp.ts';
import type { SymbolFacts } from '../symbols/symbol-facts.ts';
import { type DayReport, REPORT_SCHEMA_VERSION } from './day-report.ts';
import { deathsWithin } from './deaths-within.ts';
import { promisesOf } from './promises.ts';
import { readOperations } from './recorded-operations.ts';
import { remarksOf } from './remarks.ts';
import { storageUse } from './storage-use.ts';
import { readStoredDay } from './stored-day.ts';
import { verdictOf } from './verdict.ts';

/** Around the session, in the charts of operations. */
const SHOWN_BEFORE_MS = 30 * MINUTE_MS;
const SHOWN_AFTER_MS = 60 * MINUTE_MS;

/** Everything a report is made from. */
export interface ReportSources {
  readonly run: QueryRunner;
  readonly paths: DataPaths;
  readonly calendar: SessionCalendar;
  readonly symbols: readonly SymbolInfo[];
  /** The market's time. */
  readonly now: EpochMs;
}

export interface BuiltDay {
  readonly report: DayReport;
  readonly facts: readonly SymbolFacts[];
}

/** The report of one stored date. Errors: the engine's, RTP_METRICS_UNREADABLE. */
export async function buildDay(sources: ReportSources, date: TradingDate): Promise<BuiltDay> {
  const { run, paths, symbols, now } = sources;
  const stored = await readStoredDay(run, symbols, date, now);
  const recorded = await readOperations(paths.metricsDir, date, shownTimes(date, stored.windows));
  const { kind, name } = sessionOf(sources.calendar, date);
  const known = {
    date,
    source: readSourceStamp(paths)?.source ?? null,
    session: { kind, name, windows: stored.windows },
    verdict: verdictOf(stored),
    seal: stored.seal,
    coverage: stored.coverage,
    bars: stored.bars,
    corrections: stored.corrections,
    minute_to_known: stored.minuteToKnown,
    proof: keptProofOf(paths, date, stored.seal?.generation ?? null),
    operations: recorded?.operations ?? null,
    deaths: deathsWithin(paths, recorded?.wall ?? null),
  };
  const report: DayReport = {
    schema_version: REPORT_SCHEMA_VERSION,
    period: 'daily',
    as_of_ist: istIso(now),
    ...known,
    worst_symbols: [...stored.worstSymbols],
    storage: storageUse(paths, date),
    promises: [...promisesOf(known)],
    remarks: [...remarksOf(known)],
  };
  return { report, facts: stored.facts };
}

/** Kind and name of the session; null where the calendar does not know the date. */
function sessionOf(calendar: SessionCalendar, date: TradingDate): Pick<DayReport['session'], 'kind' | 'name'> {
  try {
    const day = calendar.tradingDay(date);
    return { kind: day?.kind ?? null, name: day?.name ?? null };
  } catch {
    return { kind: null, name: null };
  }
}

function shownTimes(
  date: TradingDate,
  windows: DayReport['session']['windows'],
): { readonly from: EpochMs; readonly to: EpochMs } {
  if (windows.length === 0) return { from: atIst(date, '00:00'), to: atIst(date, '23:59') };
  return {
    from: Math.min(...windows.map(({ open_ist: open }) => Date.parse(open))) - SHOWN_BEFORE_MS,
    to: Math.max(...windows.map(({ close_ist: close }) => Date.parse(close))) + SHOWN_AFTER_MS,
  };
}

/** The kept proof of the date, and whether it is of the seal in force. */
function keptProofOf(paths: DataPaths, date: TradingDate, generation: number | null): DayReport['proof'] {
  let text: string;
  try {
    text = readFileSync(proofFile(paths, date), 'utf8');
  } catch {
    return { state: 'none', current: false, summary: 'not proved yet' };
  }
  try {
    const proof = proofFileSchema.parse(JSON.parse(text));
    return { state: proof.verdict, current: proof.generation === generation, summary: proof.summary };
  } catch {
    return { state: 'none', current: false, summary: 'the kept proof cannot be read' };
  }
}
