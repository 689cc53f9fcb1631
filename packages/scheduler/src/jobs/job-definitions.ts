import type { RtpConfig } from '@rtp/core';

/** The recurring jobs, named as their keys of the configuration are. */
export const JOB_NAMES = [
  'token_check',
  'universe_check',
  'day_seal',
  'daily_report',
  'weekly_report',
  'log_cleanup',
  'config_backup',
] as const;
export type JobName = (typeof JOB_NAMES)[number];

/** When a job is due, and what becomes of occurrences that were missed or failed. */
export interface JobDefinition {
  readonly name: JobName;
  /** Cron pattern in IST; null: switched off. */
  readonly pattern: string | null;
  /** Occurrences on other days do not count. */
  readonly onTradingDays: boolean;
  /** On a day that closes late it is due as much later as the day's seal deadline is. */
  readonly followsSeal: boolean;
  /** Of several missed occurrences the newest alone is run, or each. */
  readonly catchUp: 'newest' | 'each';
  /** Whether a failure is tried once more a while later. */
  readonly isRetried: boolean;
}

type Kind = Omit<JobDefinition, 'name' | 'pattern'>;

const PLAIN: Kind = { onTradingDays: false, followsSeal: false, catchUp: 'newest', isRetried: false };

const KINDS: Readonly<Record<JobName, Kind>> = {
  token_check: PLAIN,
  // At the first look after a start the pipeline may still be preparing.
  universe_check: { ...PLAIN, onTradingDays: true, isRetried: true },
  day_seal: { ...PLAIN, onTradingDays: true, followsSeal: true, isRetried: true },
  daily_report: { onTradingDays: true, followsSeal: true, catchUp: 'each', isRetried: true },
  weekly_report: { ...PLAIN, isRetried: true },
  log_cleanup: PLAIN,
  config_backup: PLAIN,
};

/** Every job as it is configured. */
export function jobDefinitions(
  config: Readonly<Record<JobName, RtpConfig['jobs'][JobName]>>,
): readonly JobDefinition[] {
  return JOB_NAMES.map((name) => ({ name, pattern: config[name], ...KINDS[name] }));
}
