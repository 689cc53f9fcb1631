import { z } from 'zod';

export const controlApiSection = z.strictObject({
  host: z.string().min(1).default('127.0.0.1').describe('Address the Control API listens on.'),
  allow_public: z
    .boolean()
    .default(false)
    .describe('Whether that address may be other than loopback; every route but /health then needs the token.'),
  port: z.int().min(0).max(65_535).default(8_001).describe('0 takes a free port.'),
  request_timeout_ms: z
    .int()
    .min(100)
    .default(10_000)
    .describe('Real time a client has for its whole request, and for the headers alone.'),
  headers_timeout_ms: z.int().min(100).default(5_000).describe('Real time a client has for its request headers.'),
  max_header_bytes: z.int().min(1_024).default(16_384).describe('Largest request headers.'),
  max_connections: z.int().min(1).default(128).describe('Most connections at a time.'),
  coverage_interval_ms: z
    .int()
    .min(100)
    .default(5_000)
    .describe('Least real time between two coverage questions to the store, and the longest an answer waits for one.'),
  coverage_wait_ms: z.int().min(1).default(1_000).describe('Longest real time an answer waits for a coverage figure.'),
  stale_after_ms: z
    .int()
    .min(60_000)
    .default(300_000)
    .describe('Market time after which the newest bar counts as stale in session, and the least real time that is.'),
  stale_floor_ms: z.int().min(0).default(5_000).describe('Least real time before the newest bar counts as stale.'),
  snapshot_timeout_ms: z
    .int()
    .min(1_000)
    .default(10_000)
    .describe('Real time without a word from the system manager after which health is no longer vouched for.'),
  max_body_bytes: z.int().min(64).default(16_384).describe('Largest request body.'),
  rate_limit_per_minute: z
    .int()
    .min(1)
    .default(600)
    .describe('Most requests of one address in a minute of real time; /health is not counted.'),
  wrong_tokens_per_minute: z
    .int()
    .min(1)
    .default(10)
    .describe(
      'Most requests with a wrong or missing token of one address in a minute; after that they are refused unread; the right token always passes.',
    ),
  wait_max_ms: z
    .int()
    .min(0)
    .default(120_000)
    .describe('Longest that a request may wait for its operation, real time.'),
  operation_timeout_ms: z
    .int()
    .min(100)
    .default(120_000)
    .describe('Real time after which an operation that has not come about counts as failed.'),
  operations_kept: z.int().min(1).default(100).describe('Operations that are remembered.'),
  events_kept: z.int().min(1).default(1_000).describe('Live events kept for clients that come back.'),
  events_heartbeat_ms: z
    .int()
    .min(10)
    .default(15_000)
    .describe(
      'Real time between two signs of life on /events; a client that takes nothing from one to the next is cut.',
    ),
  events_buffer_bytes: z
    .int()
    .min(256)
    .default(262_144)
    .describe('Most that waits for a client of /events; one that is further behind is cut and may resume.'),
  events_max_clients: z.int().min(1).default(32).describe('Most clients of /events at a time.'),
});
