/**
 * What the series of all instruments are made of, date by date.
 *
 * A date's mark tells everything that the state of the indicators after it follows from: the bars of the date and of
 * every date before it, the hours those dates had, the price steps that were valid. Equal marks: the same state; what
 * has another mark, whatever changed, is never used. The bars of a sealed date are told by the checksum in its receipt,
 * those of an open date by the newest commit that brought or changed any.
 */
import { createHash, type Hash } from 'node:crypto';
import { join } from 'node:path';
import { atIst, type DataPaths, type SessionCalendar, type TradingDate } from '@rtp/core';
import { literal } from '@rtp/store-client';
import type { HotDays } from '../days/hot-days.ts';
import { dayAlias } from '../days/names.ts';
import type { DayRegister } from '../instruments/day-register.ts';
import type { InstrumentRegistry } from '../instruments/instrument-registry.ts';
import { dateFolder, sealedFileName } from '../publish/history-files.ts';
import { groupColumns } from './bar-groups.ts';

/** A date that has bars. */
export interface SeriesDate {
  readonly date: TradingDate;
  readonly isSealed: boolean;
  /** Of the date and all before it. */
  readonly mark: string;
}

/** The mark before the first date. */
export const NO_MARK = '';

/** What the dates are known from. */
export interface SeriesParts {
  readonly register: DayRegister;
  readonly hot: HotDays;
  readonly instruments: InstrumentRegistry;
  readonly calendar: SessionCalendar;
  readonly paths: DataPaths;
}

/** Dates with bars, ascending. A day that was left aside because the calendar cannot place it is none. */
export function seriesDates(parts: SeriesParts): SeriesDate[] {
  const { register, instruments, calendar } = parts;
  const steps = instruments.tickChanges();
  const hash = createHash('sha256');
  let next = 0;
  const dates: SeriesDate[] = [];
  for (const { date, state } of register.dates()) {
    const bars = barsOf(parts, date, state === 'sealed');
    if (bars === null) continue;
    for (; next < steps.length && steps[next]!.from <= date; next += 1) {
      const { from, instrumentId, tickPaise } = steps[next]!;
      hash.update(`${from} ${instrumentId} ${tickPaise}\n`);
    }
    hash.update(`${date} ${hoursOf(calendar, date)} ${bars}\n`);
    dates.push({ date, isSealed: state === 'sealed', mark: digest(hash) });
  }
  return dates;
}

/** The dates before one, ascending. */
export const datesBefore = (dates: readonly SeriesDate[], date: TradingDate): readonly SeriesDate[] =>
  dates.filter((of) => of.date < date);

/** The mark before a date. */
export const markBefore = (dates: readonly SeriesDate[], date: TradingDate): string =>
  datesBefore(dates, date).at(-1)?.mark ?? NO_MARK;

/**
 * The date's whole bars at their newest revision, for `readBarGroups`; of some instruments only, when given.
 */
export function wholeBarsSql(parts: SeriesParts, of: SeriesDate, instrumentIds: readonly number[] | null): string {
  const columns = groupColumns(atIst(of.date, '00:00'));
  const among = instrumentIds === null ? '' : `AND instrument_id IN (${instrumentIds.join(', ')})`;
  if (of.isSealed) return `SELECT ${columns} FROM ${sealedFile(parts, 'bars', of.date)} WHERE NOT partial ${among}`;
  return `SELECT ${columns} FROM (SELECT * FROM ${dayAlias(of.date)}.bars WHERE true ${among}
      QUALIFY row_number() OVER (PARTITION BY instrument_id, ts ORDER BY revision DESC) = 1)
    WHERE NOT partial ORDER BY instrument_id, ts`;
}

/** A table's sealed file of a date, as rows. */
export function sealedFile({ register, paths }: SeriesParts, table: 'bars', date: TradingDate): string {
  const name = sealedFileName(register.receipt(date)!.commitSeq);
  return `read_parquet(${literal(join(dateFolder(paths.historyDir, table, date), name))}, hive_partitioning = false)`;
}

function barsOf({ register, hot }: SeriesParts, date: TradingDate, isSealed: boolean): string | null {
  if (isSealed) return `sealed ${register.receipt(date)?.checksum ?? ''}`;
  const newest = hot.get(date)?.newestBars;
  return newest === undefined || newest === null ? null : `open ${newest}`;
}

function hoursOf(calendar: SessionCalendar, date: TradingDate): string {
  try {
    const windows = calendar.tradingDay(date)?.windows ?? [];
    return windows.map(({ openMs, closeMs }) => `${openMs}-${closeMs}`).join(',');
  } catch {
    return 'unknown';
  }
}

function digest(hash: Hash): string {
  return hash.copy().digest('hex').slice(0, 32);
}
