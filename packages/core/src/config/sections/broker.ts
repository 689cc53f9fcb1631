import { z } from 'zod';

const url = (value: string) => z.url().default(value);

/** DhanHQ v2: where it is, how hard it may be asked. Defaults from the broker's documented limits. */
export const brokerSection = z.strictObject({
  rest_url: url('https://api.dhan.co/v2').describe('REST API of DhanHQ v2.'),
  auth_url: url('https://auth.dhan.co').describe('Where access tokens are minted from PIN and TOTP.'),
  feed_url: url('wss://api-feed.dhan.co').describe('WebSocket of the live market feed.'),
  scrip_master_url: url('https://images.dhan.co/api-data/api-scrip-master-detailed.csv').describe(
    'The daily list of instruments, CSV.',
  ),
  request_timeout_ms: z.int().min(100).default(15_000).describe('One REST answer, from request to last byte.'),
  scrip_master_timeout_ms: z.int().min(100).default(120_000).describe('The scrip master is tens of megabytes.'),
  chart_calls_per_second: z
    .number()
    .positive()
    .max(5)
    .default(3)
    .describe('Chart calls a second of market time, evenly spaced; the broker refuses more than 5.'),
  chart_calls_per_day: z.int().min(1).default(7_000).describe('Chart calls a day at most.'),
  quote_spacing_ms: z
    .int()
    .min(1_000)
    .default(1_100)
    .describe('Market time between two quote calls; the broker refuses at exactly one second.'),
  repair_reserve_calls: z
    .int()
    .min(0)
    .default(200)
    .describe('Chart calls of the day that only repairs of suspect minutes and the day-end sweep may use.'),
  backfill_daily_share: z
    .number()
    .min(0)
    .max(1)
    .default(0.8)
    .describe("Part of the day's chart calls that a backfill may use; the rest is kept for the day itself."),
  rate_limit_pause_ms: z
    .int()
    .min(0)
    .default(60_000)
    .describe(
      'Market time of silence after a rate-limit answer; up to a fifth more by lot, and double each time again.',
    ),
  rate_limit_pause_max_ms: z.int().min(0).default(300_000).describe('Longest such silence, the lot aside.'),
  rate_limit_recovery_ms: z
    .int()
    .min(1_000)
    .default(300_000)
    .describe('Market time after such a pause in which calls go at half the pace.'),
  rate_limit_retries: z.int().min(0).default(3).describe('Times one call is repeated after rate-limit answers.'),
  no_plan_retry_ms: z
    .int()
    .min(1_000)
    .default(900_000)
    .describe('Market time without data calls, and without the feed, after the broker has denied the data plan.'),
  mint_spacing_ms: z.int().min(120_000).default(130_000).describe('Market time between two token mints.'),
  token_renewal_margin_ms: z
    .int()
    .min(0)
    .default(36_000_000)
    .describe('Least life of the token, market time, with which work begins; a trading day needs it until its seal.'),
  token_warning_ms: z
    .int()
    .min(0)
    .default(7_200_000)
    .describe('Market time before expiry at which the token is renewed out of session, or its end is warned of.'),
  token_renewal_latest_ms: z
    .int()
    .min(0)
    .default(600_000)
    .describe('Market time before expiry at which the token is renewed even during trading: the feed reconnects then.'),
  lease_retry_ms: z
    .int()
    .min(10)
    .default(2_000)
    .describe('Real time between two looks whether another system still holds the account.'),
  alert_after_ms: z
    .int()
    .min(0)
    .default(300_000)
    .describe(
      'Market time that a token or the account may be out of reach, where it mends by itself, before an alert is raised.',
    ),
  alert_again_ms: z
    .int()
    .min(0)
    .default(3_600_000)
    .describe('Market time after an alert about the broker account within which the same one is not raised again.'),
  clock_skew_limit_ms: z
    .int()
    .min(500)
    .default(2_000)
    .describe("How far this machine's clock may be from the broker's before it is reported, market time."),
  retry_min_ms: z
    .int()
    .min(1)
    .default(1_000)
    .describe('Real time before what a day needs first (token, scrip master) is asked for again, at least.'),
  retry_max_ms: z.int().min(1).default(30_000).describe('Longest such wait.'),
  scrip_master_min_share: z
    .number()
    .min(0)
    .max(1)
    .default(0.8)
    .describe('A scrip master with fewer rows than this part of the last accepted one is refused.'),
  feed_connect_timeout_ms: z.int().min(100).default(10_000).describe('Real time in which the feed socket must open.'),
  feed_silence_timeout_ms: z
    .int()
    .min(1_000)
    .default(40_000)
    .describe('No frame and no ping for this long in real time: the socket is dead.'),
  feed_stable_ms: z
    .int()
    .min(0)
    .default(10_000)
    .describe('Real time a feed connection must last for the waits between reconnections to start anew.'),
  feed_reconnect_min_ms: z
    .int()
    .min(1)
    .default(250)
    .describe('Real time before the first reconnection of the feed; doubles with every failure.'),
  feed_reconnect_max_ms: z
    .int()
    .min(1)
    .default(30_000)
    .describe('Longest real time between two reconnections of the feed.'),
});
