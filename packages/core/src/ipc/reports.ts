/** What each process says about itself with every heartbeat: the raw material of status, health and metrics. */
import { z } from 'zod';
import { BACKFILL_STATES } from '../files/backfill-job.ts';
import { HEALTH_PARTS } from '../health/health-score.ts';

const epochMs = z.number().int();
const count = z.number().int().min(0);

/** Where the pipeline is in the life of a day. */
export const PIPELINE_PHASES = ['prepare', 'session', 'gap', 'sweep', 'job', 'done'] as const;
/** Where live minutes come from at the moment. */
export const LIVE_SOURCES = ['feed', 'quote', 'chart', 'none'] as const;

/** Where one group of instruments has its live minutes from. */
export const sourceReportSchema = z.object({
  /** An instrument class, or `beyond_feed`: instruments that one feed connection cannot take. */
  group: z.string(),
  symbols: count,
  source: z.enum(LIVE_SOURCES),
  since: epochMs,
  /** Why it is not the feed; empty while it is. */
  reason: z.string(),
  /** Instruments in trading hours whose newest minute is older than `pipeline.stale_after_ms`. */
  stale: count,
  /** Quotes of it are answered, and have shown no trade for longer than is ordinary: the market itself may stand still. */
  isStill: z.boolean().optional(),
});
export type SourceReport = z.infer<typeof sourceReportSchema>;

/** The day's chart calls: one budget for repair, confirmation, sweep and backfill. */
export const budgetReportSchema = z.object({
  cap: count,
  used: count,
  left: count,
  /** Kept back for repair and the sweep: rolling calls and backfills do not touch it. */
  reserved: count,
  queued: count,
  /** Calls a market second at the moment; less than configured after a rate-limit answer. */
  perSecond: z.number(),
  /** Market instant until which no call is made; null when none is in force. */
  pausedUntil: epochMs.nullable(),
  /** When the cap is reached at the pace of the last quarter of an hour; null when not today. */
  runsOutAt: epochMs.nullable(),
});
export type BudgetReport = z.infer<typeof budgetReportSchema>;

/** A backfill that was asked for. */
export const backfillReportSchema = z.object({
  id: z.string(),
  state: z.enum(BACKFILL_STATES),
  from: z.string(),
  to: z.string(),
  symbols: count,
  callsDone: count,
  callsTotal: count,
  daysDone: count,
  daysTotal: count,
  /** Market instant at which it is expected to end; null when that cannot be told. */
  endsAt: epochMs.nullable(),
  /** What it waits for, what went wrong, or empty. */
  note: z.string(),
});
export type BackfillReport = z.infer<typeof backfillReportSchema>;

export const pipelineReportSchema = z.object({
  phase: z.enum(PIPELINE_PHASES),
  tradingDate: z.string(),
  /** Instruments tracked today. */
  symbols: count,
  source: z.enum(LIVE_SOURCES),
  /** Why that source, when it is not the feed; empty otherwise. */
  sourceReason: z.string(),
  /** The same for each group of instruments; empty out of session. */
  sources: z.array(sourceReportSchema),
  /** Newest minute sealed and acknowledged, its start. */
  lastSealedMinute: epochMs.nullable(),
  minutesSealed: count,
  /** Newest bar handed to the store and acknowledged, its minute's start. */
  lastDataUpdate: epochMs.nullable(),
  barsWritten: count,
  /** Bars whose official candle differed from the live one. */
  corrections: count,
  /** Trades and candles outside the instrument's expected minutes. */
  outOfSession: count,
  /** Grace in force, market ms, and the feed's own p95 exchange-to-receipt lag. */
  graceMs: z.number(),
  feedLagP95Ms: z.number().nullable(),
  /** Real milliseconds from seal to acknowledgement, over the last 400 minutes. */
  sealToAckP50Ms: z.number().nullable(),
  sealToAckP99Ms: z.number().nullable(),
  calls: count,
  /** Broker calls that failed, and errors of any other kind. */
  errors: count,
  rateLimited: count,
  /** Chart calls left today within the cap. */
  chartCallsLeft: count,
  budget: budgetReportSchema,
  tokenExpiresAt: epochMs.nullable(),
  /** That it ends soon, and what to do about it; empty otherwise. */
  tokenWarning: z.string(),
  /** Since when the broker denies the account's data plan; null while it does not. */
  planLapsedSince: epochMs.nullable().optional(),
  /** Another process holds the account's lease: its name; null while we hold it or it is free. */
  leaseHeldBy: z.string().nullable(),
  /** The broker's clock less ours, market ms; null before the first answer. */
  clockSkewMs: z.number().nullable(),
  /** What the scrip master says of the universe that the owner should know: missing, renamed, moved symbols. */
  universeWarnings: z.array(z.string()),
  backfill: backfillReportSchema.nullable(),
  /** Sweep progress: instruments done of all. */
  sweepDone: count,
  sweepTotal: count,
  /** The date's seal receipt has arrived. */
  sealed: z.boolean(),
  /** A named degraded condition, or empty. */
  degraded: z.string(),
});
export type PipelineReport = z.infer<typeof pipelineReportSchema>;

export const storeReportSchema = z.object({
  lastCommitSeq: count,
  lastPublishedSeq: count,
  commits: count,
  duplicates: count,
  /** Dates with a hot file that is not sealed. */
  openDates: z.array(z.string()),
  /** Real milliseconds of a commit, and from commit to published, over the last 400. */
  commitP50Ms: z.number().nullable(),
  commitP99Ms: z.number().nullable(),
  publishP50Ms: z.number().nullable(),
  publishP99Ms: z.number().nullable(),
  dataApiUrl: z.string(),
  errors: count,
  degraded: z.string(),
});
export type StoreReport = z.infer<typeof storeReportSchema>;

/** A piece of work that recurs on the market clock. */
export const jobReportSchema = z.object({
  name: z.string(),
  /** When it last ended, and what came of it; null before the first time. */
  lastRunAt: epochMs.nullable(),
  lastResult: z.enum(['ok', 'warning', 'failed', 'skipped']).nullable(),
  /** What it found, for people. */
  lastText: z.string(),
  nextRunAt: epochMs.nullable(),
  running: z.boolean(),
});
export type JobReport = z.infer<typeof jobReportSchema>;

const healthScoreSchema = z.object({
  score: z.number(),
  parts: z.array(z.object({ part: z.enum(HEALTH_PARTS), points: z.number(), of: z.number(), reason: z.string() })),
  cappedBy: z.array(z.string()),
});

export const schedulerReportSchema = z.object({
  controlApiUrl: z.string(),
  /** Whether the pipeline should run now, and why. */
  wanted: z.enum(['up', 'down']),
  reason: z.string(),
  /** What an operator wished for the pipeline, for people; empty when the calendar alone decides. */
  override: z.string(),
  /** What is being done about bad health, for people; empty while nothing is. */
  recovery: z.string(),
  healthScore: healthScoreSchema,
  /** Age of the newest bar, market ms; null while none is owed. */
  dataAgeMs: z.number().nullable(),
  /** Minutes of the day that are over; null until the store has said. */
  coverage: z.object({ expected: count, bars: count, absences: count, unknown: count }).nullable(),
  jobs: z.array(jobReportSchema),
  errors: count,
  degraded: z.string(),
});
export type SchedulerReport = z.infer<typeof schedulerReportSchema>;

/** The proof of a sealed date's indicators, as far as it is. */
export const proofReportSchema = z.object({
  date: z.string(),
  generation: count,
  state: z.enum(['waiting', 'running', 'proved', 'failed']),
  /** What was found, or what it waits for. */
  summary: z.string(),
});
export type ProofReport = z.infer<typeof proofReportSchema>;

export const monitorReportSchema = z.object({
  samples: count,
  lastSampleAt: epochMs.nullable(),
  /** Of the newest sealed date; null when there is none. */
  proof: proofReportSchema.nullable().optional(),
  errors: count,
  degraded: z.string(),
});
export type MonitorReport = z.infer<typeof monitorReportSchema>;

export const simulatorReportSchema = z.object({
  url: z.string(),
  tradingDate: z.string(),
  symbols: count,
  packetsSent: count,
  chartCalls: count,
  quoteCalls: count,
  rateLimited: count,
  /** Most chart calls seen in any sliding second of market time. */
  chartCallsPeak: count,
  errors: count,
  degraded: z.string(),
});
export type SimulatorReport = z.infer<typeof simulatorReportSchema>;

/** The report schema of each component. */
export const reportSchemas = {
  simulator: simulatorReportSchema,
  store: storeReportSchema,
  scheduler: schedulerReportSchema,
  monitor: monitorReportSchema,
  pipeline: pipelineReportSchema,
} as const;

export interface ComponentReports {
  simulator: SimulatorReport;
  store: StoreReport;
  scheduler: SchedulerReport;
  monitor: MonitorReport;
  pipeline: PipelineReport;
}
