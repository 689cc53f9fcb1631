/** One line of `metrics/<date>.ndjson`: the state of the whole system at one instant, as the monitor records it. */
import { join } from 'node:path';
import { z } from 'zod';
import { COMPONENT_STATES } from '../ipc/components.ts';
import { LIVE_SOURCES, PIPELINE_PHASES } from '../ipc/reports.ts';
import type { TradingDate } from '../time/ist.ts';

/** Raised when a field changes its meaning or goes away; fields are added without. */
export const SAMPLE_VERSION = 1;

const count = z.number().int().min(0);
const epochMs = z.number().int();
/** Real milliseconds. */
const realMs = z.number().min(0).nullable();

const componentSampleSchema = z.object({
  state: z.enum(COMPONENT_STATES),
  wanted: z.enum(['up', 'down']),
  pid: count.nullable(),
  rss_bytes: z.number().min(0).nullable(),
  pss_bytes: z.number().min(0).nullable(),
  /** User and system time of the present process. */
  cpu_seconds: z.number().min(0).nullable(),
  /** Worst event-loop delay since the last heartbeat. */
  loop_lag_ms: realMs,
  restarts: count,
  /** As the process counts them since its start; null when it has not spoken. */
  errors: count.nullable(),
  degraded: z.string(),
});
export type ComponentSample = z.infer<typeof componentSampleSchema>;

export const sampleSchema = z.object({
  v: z.literal(SAMPLE_VERSION),
  /** Market instant, epoch ms, and the same as ISO 8601 with the IST offset. */
  ts: epochMs,
  time_ist: z.string(),
  /** The host's wall clock, epoch ms. */
  wall_ts: epochMs,
  /** Market seconds per real second. */
  speed: z.number().positive(),
  source: z.enum(['dhan', 'simulator']),
  market: z.object({
    date: z.string(),
    phase: z.enum(['closed_day', 'before_open', 'open', 'between_windows', 'after_close']),
  }),
  /**
   * Market seconds since the newest bar's minute ended, or since the window opened if later. Null while no bar is
   * owed: out of session, and once no tracked instrument trades any more that day.
   */
  freshness_s: z.number().min(0).nullable(),
  /** The market date's minutes so far; null on a closed day and until the store has answered. */
  coverage: z
    .object({
      state: z.enum(['none', 'open', 'sealed']),
      expected: count,
      bars: count,
      absences: count,
      unknown: count,
      pending: count,
      complete: z.boolean(),
    })
    .nullable(),
  pipeline: z
    .object({
      phase: z.enum(PIPELINE_PHASES),
      trading_date: z.string(),
      live_source: z.enum(LIVE_SOURCES),
      symbols: count,
      minutes_sealed: count,
      bars_written: count,
      corrections: count,
      out_of_session: count,
      calls: count,
      rate_limited: count,
      chart_calls_left: count,
      /** Chart calls of the date that count against its cap. */
      chart_calls_used: count.optional(),
      chart_calls_cap: count.optional(),
      token_expires_at: epochMs.nullable(),
      sealed: z.boolean(),
    })
    .nullable(),
  lag: z.object({
    seal_to_ack_p50_ms: realMs,
    seal_to_ack_p99_ms: realMs,
    /** Exchange to receipt, and the grace in force: market ms. */
    feed_p95_ms: z.number().nullable(),
    grace_ms: z.number().nullable(),
    commit_p50_ms: realMs,
    commit_p99_ms: realMs,
    publish_p50_ms: realMs,
    publish_p99_ms: realMs,
  }),
  store: z
    .object({ commit_seq: count, published_seq: count, duplicates: count, open_dates: z.array(z.string()) })
    .nullable(),
  /** By name, the system manager included. */
  components: z.record(z.string(), componentSampleSchema),
  /** Sums over every process but the simulator; null where one of its parts is not known of any process. */
  totals: z.object({
    rss_bytes: z.number().min(0).nullable(),
    pss_bytes: z.number().min(0).nullable(),
    cpu_seconds: z.number().min(0).nullable(),
    errors: count,
    restarts: count,
  }),
});
export type Sample = z.infer<typeof sampleSchema>;

/** The metric history of one market date. */
export function metricsFile(metricsDir: string, date: TradingDate): string {
  return join(metricsDir, `${date}.ndjson`);
}
