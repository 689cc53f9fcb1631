import { z } from 'zod';

export const controlApiSection = z.strictObject({
  host: z.string().min(1).default('127.0.0.1').describe('Address the Control API listens on.'),
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
});
