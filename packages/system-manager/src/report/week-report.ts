/** The report of the days of one ISO week, up to a date: the model that HTML, Markdown and JSON are made from. */
import { z } from 'zod';
import { dayReportSchema, REPORT_SCHEMA_VERSION, symbolLineSchema } from './day-report.ts';

const known = z.number().nullable();
const shape = dayReportSchema.shape;

/** What the week says of one of its days. */
const weekDaySchema = z.object({
  date: z.string(),
  /** `closed`: no session, and why. `outside`: before the first stored date, or to come. `missing`: nothing is stored of it. */
  kind: z.enum(['stored', 'closed', 'outside', 'missing']),
  note: z.string(),
  /** Null unless stored. */
  summary: z
    .object({
      verdict: shape.verdict,
      sealed_at_ist: z.string().nullable(),
      coverage: shape.coverage.omit({ by_class: true, by_reason: true, owed: true, owed_left_out: true }),
      corrected_percent: known,
      close_mean_bp: known,
      minute_to_known_p99_ms: known,
      seal_to_ack_p99_ms: known,
      pss_max_bytes: known,
      cpu_seconds: known,
      calls: known,
      errors: known,
      rate_limited: known,
      restarts: known,
      deaths: known,
      proof: shape.proof,
      date_bytes: z.number(),
      promises_missed: z.array(z.string()),
    })
    .nullable(),
});
export type WeekDay = z.infer<typeof weekDaySchema>;

export const weekReportSchema = z.object({
  schema_version: z.literal(REPORT_SCHEMA_VERSION),
  period: z.literal('weekly'),
  /** Monday of the week, and the last date that is reported. */
  from: z.string(),
  to: z.string(),
  as_of_ist: z.string(),
  source: shape.source,
  verdict: shape.verdict,
  days: z.array(weekDaySchema),
  /** Sums over the stored days. */
  coverage: shape.coverage.omit({ by_class: true, by_reason: true, owed: true, owed_left_out: true, symbols: true }),
  live: shape.corrections.shape.live,
  worst_symbols: z.array(symbolLineSchema),
  /** The last stored day against the mean of those before it in the week; null where one of them is not known. */
  trends: z.array(z.object({ name: z.string(), unit: z.string(), last: z.number(), before: z.number() })),
});
export type WeekReport = z.infer<typeof weekReportSchema>;
