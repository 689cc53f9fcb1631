import { z } from 'zod';
import { isCronPattern } from '../cron-pattern.ts';

/** What is done about bad health, step by step. */
export const recoverySection = z.strictObject({});

const cronPattern = (usual: string, meaning: string) =>
  z
    .string()
    .refine(isCronPattern, 'a cron pattern of five fields: minute, hour, day, month, weekday')
    .nullable()
    .default(usual)
    .describe(`${meaning} A cron pattern in IST; null switches it off.`);

/** Work that recurs on the market clock. */
export const jobsSection = z.strictObject({
  token_check: cronPattern('0 8,20 * * *', 'When it is looked at how long the access token lasts.'),
  universe_check: cronPattern('50 8 * * *', 'When the universe is looked through, on trading days.'),
  day_seal: cronPattern(
    '10 18 * * *',
    "When a trading day's seal is looked for; as much later as the day's seal deadline is.",
  ),
  daily_report: cronPattern(
    '30 18 * * *',
    "When a trading day's report is written; as much later as the day's seal deadline is.",
  ),
  weekly_report: cronPattern('0 9 * * 6', 'When the report of the week up to the last trading day is written.'),
  log_cleanup: cronPattern('0 3 * * *', 'When rotated logs older than logging.keep_days are removed.'),
  config_backup: cronPattern('10 3 * * *', 'When the configuration is copied, if it has changed.'),
  catch_up_days: z.int().min(1).max(30).default(5).describe('Missed daily reports that are written later, at most.'),
  retry_ms: z
    .int()
    .min(1)
    .default(600_000)
    .describe('Market time after which a failed report, universe check or look for the seal is tried once more.'),
  timeout_ms: z.int().min(10).default(300_000).describe('Real time after which a job that runs is given up.'),
  clock_back_max_ms: z
    .int()
    .min(0)
    .default(86_400_000)
    .describe('A clock set back by more than this was wrong before: what ran in its future counts as never run.'),
  config_backups_kept: z.int().min(1).default(30).describe('Copies of the configuration that are kept, the newest.'),
});
