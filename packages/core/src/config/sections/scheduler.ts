import { z } from 'zod';
import { isCronPattern } from '../cron-pattern.ts';

const whole = (usual: number, meaning: string) => z.int().min(0).default(usual).describe(meaning);

/** What is done about bad health, step by step: waits are of market time, each with a floor of real time. */
export const recoverySection = z.strictObject({
  is_enabled: z.boolean().default(true).describe('Whether anything is done about bad health by itself.'),
  stale_after_ms: whole(
    120_000,
    'Market time after which the newest bar counts as too old, in session while bars are owed.',
  ),
  stale_floor_ms: whole(5_000, 'Least real time of that age.'),
  stuck_after_ms: whole(
    180_000,
    'Market time in session without a sealed minute, a bar or a call: the pipeline is stuck.',
  ),
  stuck_floor_ms: whole(10_000, 'Least real time of that.'),
  error_rate_limit: z
    .number()
    .min(0)
    .max(1)
    .default(0.5)
    .describe('Part of the calls of the window that may fail before the error rate counts as bad health.'),
  error_rate_window_ms: z.int().min(1_000).default(600_000).describe('Market time over which the error rate is taken.'),
  error_rate_min_calls: z.int().min(1).default(50).describe('Calls in that window below which there is no error rate.'),
  notice_ms: whole(90_000, 'Market time that bad health must last before the first step.'),
  notice_floor_ms: whole(5_000, 'Least real time of that.'),
  settle_ms: whole(120_000, 'Market time that the pipeline is left alone after it has become ready.'),
  settle_floor_ms: whole(10_000, 'Least real time of that.'),
  reconnect_wait_ms: whole(120_000, 'Market time that the source, connected anew, has before the next step.'),
  restart_pipeline_wait_ms: whole(240_000, 'Market time that a restarted pipeline has before the next step.'),
  restart_store_wait_ms: whole(300_000, 'Market time that a restarted store has before the next step.'),
  step_wait_floor_ms: whole(10_000, 'Least real time between two steps.'),
  healthy_for_ms: whole(60_000, 'Market time without bad health after which it is over.'),
  healthy_for_floor_ms: whole(2_000, 'Least real time of that.'),
  cool_down_ms: whole(1_800_000, 'Market time after the last step has not helped before the first is tried again.'),
  cool_down_floor_ms: whole(30_000, 'Least real time of that.'),
  reconnects_per_day: whole(20, 'Times in 24 hours that the source is connected anew.'),
  pipeline_restarts_per_day: whole(8, 'Times in 24 hours that the pipeline is restarted for its health.'),
  store_restarts_per_day: whole(3, 'Times in 24 hours that the store is restarted for it.'),
  restarts_per_hour: whole(3, 'Restarts in an hour for health, of pipeline and store together.'),
  episodes_kept: z.int().min(1).default(20).describe('Times of bad health that the status shows, the newest.'),
});

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
