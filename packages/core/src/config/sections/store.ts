import { z } from 'zod';

export const storeSection = z.strictObject({
  memory_limit_mb: z.int().min(96).default(128).describe('Memory DuckDB may use.'),
  threads: z.int().min(1).max(64).default(1).describe('Threads DuckDB may use.'),
  checkpoint_threshold_mb: z
    .int()
    .min(16)
    .default(1_024)
    .describe('Size of the write-ahead log at which DuckDB checkpoints by itself.'),
  checkpoint_wal_mb: z
    .int()
    .min(1)
    .default(16)
    .describe(
      'Size of the write-ahead log after which the store checkpoints between two commits, disk space permitting.',
    ),
  seal_deadline: z
    .string()
    .regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'a time of day HH:MM, IST')
    .default('18:00')
    .describe('IST; a day whose last close is later is sealed this much after it instead.'),
  hot_retention_days: z
    .int()
    .min(1)
    .default(1)
    .describe('Days of market time a hot file is kept after its verified seal.'),
  compact_every_commits: z
    .int()
    .min(2)
    .default(15)
    .describe('Commits of one table and date after which their files are compacted into one.'),
  retired_file_grace_ms: z
    .int()
    .min(0)
    .default(300_000)
    .describe('Real time that published files replaced by a seal stay for queries already under way.'),
  query_timeout_ms: z.int().min(100).default(30_000).describe('Longest a Data API query may run.'),
  max_rows: z.int().min(1).default(1_000_000).describe('Most rows one Data API answer holds.'),
  max_values: z
    .int()
    .min(1)
    .default(3_000_000)
    .describe('Most indicator values, rows times columns, one Data API answer holds.'),
});

export const dataApiSection = z.strictObject({
  host: z.string().min(1).default('127.0.0.1').describe('Address the Data API listens on.'),
  port: z.int().min(0).max(65_535).default(8_000).describe('0 takes a free port.'),
  request_timeout_ms: z
    .int()
    .min(100)
    .default(10_000)
    .describe('Real time a client has for its whole request, and for the headers alone.'),
  headers_timeout_ms: z.int().min(100).default(5_000).describe('Real time a client has for its request headers.'),
  max_header_bytes: z.int().min(1_024).default(16_384).describe('Largest request headers.'),
  max_connections: z.int().min(1).default(128).describe('Most connections at a time.'),
  stream_heartbeat_ms: z
    .int()
    .min(10)
    .default(15_000)
    .describe(
      'Real time between two signs of life on /stream; a reader that takes nothing from one to the next is cut.',
    ),
  stream_buffer_bytes: z
    .int()
    .min(1_024)
    .default(4_194_304)
    .describe('Most that waits for a reader of /stream; one that is further behind is cut and may resume.'),
});
