import {
  type DataPaths,
  loadCalendar,
  type ReportFormat,
  type ReportPeriod,
  type RtpConfig,
  type TradingDate,
} from '@rtp/core';
import { connectCatalogue, describeDays, queryDates, querySymbols } from '@rtp/store-client';
import { managerErrors } from '../errors.ts';
import { buildDay } from './build-day.ts';
import { buildWeek, closedReason, weekTo } from './build-week.ts';
import type { DayReport } from './day-report.ts';
import { dayDocument } from './render/day-document.ts';
import { htmlOf } from './render/html.ts';
import { markdownOf } from './render/markdown.ts';
import { weekDocument } from './render/week-document.ts';
import type { WeekReport } from './week-report.ts';

export type Report = DayReport | WeekReport;

/**
 * The report of a date, or of the week that ends with it; without one, of the newest stored date. Reads the catalogue,
 * whether the system runs or not. Errors: RTP_REPORT_NOTHING_STORED, those of `connectCatalogue`.
 */
export async function makeReport(
  paths: DataPaths,
  config: RtpConfig,
  period: ReportPeriod,
  asked: TradingDate | undefined,
): Promise<Report> {
  const calendar = loadCalendar({
    file: config.calendar.file,
    overlayFile: paths.calendarOverlayFile,
    marketHours: config.pipeline.market_hours,
  });
  const { run, marketNow, close } = await connectCatalogue(paths);
  try {
    const stored = await queryDates(run);
    const date = asked ?? stored.at(-1);
    if (date === undefined) throw nothing('No day is stored yet.');
    const sources = { run, paths, calendar, symbols: await querySymbols(run), now: await marketNow() };
    if (period === 'weekly') {
      if (!weekTo(date).some((of) => stored.includes(of))) {
        throw nothing(`Nothing is stored for the week to ${date}; ${describeDays(stored)}.`);
      }
      return await buildWeek(sources, date, stored);
    }
    if (!stored.includes(date)) {
      const closed = closedReason(calendar, date);
      const why = closed === null ? '' : ` It is no trading day: ${closed}.`;
      throw nothing(`Nothing is stored for ${date}.${why} ${capital(describeDays(stored))}.`);
    }
    return (await buildDay(sources, date)).report;
  } finally {
    close();
  }
}

/** A report as the text of a file. */
export function reportText(report: Report, format: ReportFormat): string {
  if (format === 'json') return `${JSON.stringify(report)}\n`;
  const document = report.period === 'daily' ? dayDocument(report) : weekDocument(report);
  return format === 'md' ? markdownOf(document) : htmlOf(document);
}

const nothing = (message: string): Error => managerErrors.create('RTP_REPORT_NOTHING_STORED', message);

const capital = (sentence: string): string => sentence.charAt(0).toUpperCase() + sentence.slice(1);
