import { join } from 'node:path';
import type { DataPaths } from '../process/data-paths.ts';
import type { TradingDate } from '../time/ist.ts';

export const REPORT_PERIODS = ['daily', 'weekly'] as const;
export type ReportPeriod = (typeof REPORT_PERIODS)[number];

export const REPORT_FORMATS = ['html', 'md', 'json'] as const;
export type ReportFormat = (typeof REPORT_FORMATS)[number];

/** Name of the report of a date, or of the week that ends with it. */
export const reportFileName = (period: ReportPeriod, date: TradingDate, format: ReportFormat): string =>
  `${period}-${date}.${format}`;

/** Where a report is kept unless somebody names another folder. */
export const reportFile = (
  { reportsDir }: Pick<DataPaths, 'reportsDir'>,
  period: ReportPeriod,
  date: TradingDate,
  format: ReportFormat,
): string => join(reportsDir, reportFileName(period, date, format));
