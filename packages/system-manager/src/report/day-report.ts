/**
 * The report of one trading date: the model that HTML, Markdown and JSON are made from. Null, or an empty list, says
 * that something is not known or did not happen; `remarks` says which. Shares are in percent, prices' differences in
 * basis points (hundredths of a percent) of the official close. `…_ist` are instants as ISO 8601 with the IST offset.
 */
import { ABSENCE_REASONS, BAR_SOURCES, BAR_STATES, INSTRUMENT_CLASSES } from '@rtp/core';
import { z } from 'zod';

/** Raised when a field changes its meaning or goes away; fields are added without. */
export const REPORT_SCHEMA_VERSION = 1;

const count = z.number().int().min(0);
const known = z.number().nullable();
const ist = z.string();
/** Values of the minutes of `series.minutes_ist`; null where nothing was measured. */
const series = z.array(known);

const minutesSchema = z.object({
  expected: count,
  bars: count,
  /** Without a bar, for a reason that settles it. */
  absences: count,
  /** Over, and still owed. */
  unknown: count,
  /** Not over yet. */
  pending: count,
  /** Bars and settled absences, of the minutes that are over. */
  coverage_percent: known,
});
export type ReportMinutes = z.infer<typeof minutesSchema>;

const differenceSchema = z.object({ differ: count, mean: known, max: known });

const liveSourceSchema = z.object({
  source: z.enum(BAR_SOURCES).exclude(['chart']),
  /** Minutes with a whole bar of the source and an official one. */
  compared: count,
  /** Not compared: the source did not see the whole minute. */
  partial: count,
  /** Basis points of the official close; the volume in percent of the official one. */
  open: differenceSchema,
  high: differenceSchema,
  low: differenceSchema,
  close: differenceSchema,
  volume: differenceSchema,
});

export const symbolLineSchema = z.object({
  symbol: z.string(),
  class: z.enum(INSTRUMENT_CLASSES),
  coverage_percent: known,
  unknown: count,
  absences: count,
  corrections: count,
  corrections_per_100: known,
  /** Mean over the live sources. */
  close_mean_bp: known,
});
export type SymbolLine = z.infer<typeof symbolLineSchema>;

const componentSchema = z.object({
  component: z.string(),
  /** The simulated exchange is no part of the system that is measured. */
  counted: z.boolean(),
  pss_median_bytes: known,
  pss_max_bytes: known,
  rss_max_bytes: known,
  cpu_seconds: known,
  /** Of one core, over the real time between the day's first and last sample. */
  cpu_percent: known,
  loop_lag_max_ms: known,
  restarts: count,
  errors: known,
});
export type ReportComponent = z.infer<typeof componentSchema>;

/** From the monitor's samples of that date. */
export const operationsSchema = z.object({
  samples: count,
  /** Lines of the metrics file that are no sample. */
  skipped_lines: count,
  first_sample_ist: ist,
  last_sample_ist: ist,
  /** Market seconds per real second: the least and the most. */
  speed: z.object({ min: z.number(), max: z.number() }),
  session: z.object({
    samples: count,
    /** Samples in session in which the pipeline was at work. */
    pipeline_up_percent: known,
    /** Samples in session whose newest bar was less than two minutes old, of those in which one was owed. */
    fresh_percent: known,
    freshness_median_s: known,
    freshness_max_s: known,
  }),
  /** The worst that was measured; real ms, `feed_p95` and `grace` market ms. */
  lag: z.object({
    seal_to_ack_p50_ms: known,
    seal_to_ack_p99_ms: known,
    commit_p99_ms: known,
    publish_p99_ms: known,
    feed_p95_ms: known,
    grace_ms: known,
  }),
  memory: z.object({ pss_median_bytes: known, pss_max_bytes: known, pss_max_ist: ist.nullable() }),
  cpu: z.object({ seconds: known, percent_of_core: known, session_percent_of_core: known }),
  components: z.array(componentSchema),
  broker: z.object({
    calls: count,
    /** Failed calls, and errors of any other kind of the pipeline. */
    errors: count,
    error_percent: known,
    rate_limited: count,
    chart_calls_used: count.nullable(),
    chart_calls_cap: count.nullable(),
    chart_calls_left: count.nullable(),
  }),
  /** What changed, in order. */
  events: z.array(z.object({ at_ist: ist, text: z.string() })),
  /** More changes than are listed. */
  events_left_out: count,
  series: z.object({
    minutes_ist: z.array(ist),
    freshness_s: series,
    feed_p95_ms: series,
    seal_to_ack_p50_ms: series,
    seal_to_ack_p99_ms: series,
    cpu_percent: series,
    /** Bytes, by component. */
    pss: z.record(z.string(), series),
  }),
});
export type ReportOperations = z.infer<typeof operationsSchema>;

export const dayReportSchema = z.object({
  schema_version: z.literal(REPORT_SCHEMA_VERSION),
  period: z.literal('daily'),
  date: z.string(),
  /** Market instant at which it was made. */
  as_of_ist: ist,
  source: z.enum(['dhan', 'simulator']).nullable(),
  session: z.object({
    kind: z.enum(['regular', 'special', 'recorded']).nullable(),
    name: z.string().nullable(),
    windows: z.array(z.object({ class: z.enum(INSTRUMENT_CLASSES), open_ist: ist, close_ist: ist })),
  }),
  verdict: z.object({
    /** `running`: not sealed yet, and nothing is wrong so far. */
    state: z.enum(['complete', 'incomplete', 'running']),
    headline: z.string(),
  }),
  seal: z
    .object({ generation: count, sealed_at_ist: ist, bars: count, checksum: z.string(), complete: z.boolean() })
    .nullable(),
  coverage: minutesSchema.extend({
    symbols: count,
    by_class: z.array(minutesSchema.extend({ class: z.enum(INSTRUMENT_CLASSES), symbols: count })),
    /** Minutes without a bar, by reason. */
    by_reason: z.array(z.object({ reason: z.enum(ABSENCE_REASONS), settled: z.boolean(), minutes: count })),
    /** Runs of minutes that are still owed, the longest first. */
    owed: z.array(
      z.object({
        symbol: z.string(),
        reason: z.enum(ABSENCE_REASONS),
        from_ist: ist,
        to_ist: ist,
        minutes: count,
      }),
    ),
    owed_left_out: count,
  }),
  bars: z.object({
    by_source: z.record(z.enum(BAR_SOURCES), count),
    by_state: z.record(z.enum(BAR_STATES), count),
    partial: count,
    /** Where the first bar of a minute came from. */
    first_by_source: z.record(z.enum(BAR_SOURCES), count),
  }),
  corrections: z.object({
    /** Bars whose values were replaced at least once. */
    bars: count,
    percent: known,
    /** Revisions that others superseded. */
    superseded: count,
    live: z.array(liveSourceSchema),
  }),
  /** From the end of a minute until its first bar of a live source was known; market ms. */
  minute_to_known: z.object({
    minutes: count,
    median_ms: known,
    p99_ms: known,
    max_ms: known,
    series: z.object({
      minutes_ist: z.array(ist),
      median_ms: series,
      max_ms: series,
      feed: z.array(count),
      quote: z.array(count),
      chart: z.array(count),
    }),
  }),
  worst_symbols: z.array(symbolLineSchema),
  proof: z.object({
    state: z.enum(['proved', 'failed', 'none']),
    /** Of the generation of the seal that is in force. */
    current: z.boolean(),
    summary: z.string(),
  }),
  operations: operationsSchema.nullable(),
  deaths: z.array(z.object({ at_ist: ist, component: z.string(), text: z.string() })).nullable(),
  storage: z.object({
    /** Published files of the date, bytes by table. */
    tables: z.array(z.object({ table: z.string(), bytes: count })),
    date_bytes: count,
    /** Of these, the sealed files: what stays. */
    sealed_bytes: count,
    /** The date's open database file. */
    hot_bytes: count,
    metrics_bytes: count,
    /** Everything in the data directory. */
    total_bytes: count,
  }),
  /** What the product promises, against what was measured. */
  promises: z.array(
    z.object({
      name: z.string(),
      promise: z.string(),
      measured: z.string(),
      verdict: z.enum(['kept', 'missed', 'not_known']),
    }),
  ),
  /** What is not known, and why; what a reader may stumble over. */
  remarks: z.array(z.string()),
});
export type DayReport = z.infer<typeof dayReportSchema>;
