import {
  componentOf,
  type EpochMs,
  type HealthScore,
  istIso,
  type PipelineReport,
  reportOf,
  type SessionCalendar,
  type SystemStatus,
} from '@rtp/core';
import type { CoverageSummary } from '@rtp/store-client';
import type { Health } from '../health.ts';
import type { PipelineMemory } from '../pipeline-memory.ts';
import type { PipelineWish } from '../pipeline-wish.ts';
import { healthScoreView } from './metrics-view.ts';

/** What the status answer is made of. */
export interface StatusInputs {
  readonly version: string;
  readonly now: EpochMs;
  readonly calendar: SessionCalendar;
  readonly system: SystemStatus | null;
  readonly memory: PipelineMemory;
  readonly wish: PipelineWish;
  readonly wantedSince: EpochMs;
  readonly scheduler: {
    readonly controlApiUrl: string;
    /** An operator's wish; null when there is none. */
    readonly override: Readonly<Record<string, unknown>> | null;
    /** What is and was done about bad health. */
    readonly recovery: Readonly<Record<string, unknown>>;
    readonly jobs: readonly Readonly<Record<string, unknown>>[];
    readonly errors: number;
    readonly degraded: string;
  };
  readonly health: Health;
  readonly score: HealthScore;
  readonly dataAgeMs: number | null;
  readonly chartCallsPerDay: number;
  readonly coverage: CoverageSummary | null;
  /** Why the store's coverage is not up to date; empty when it is. */
  readonly coverageError: string;
}

/** The answer of `GET /status`: plain JSON, keys in snake_case, instants as ISO 8601 with the IST offset. */
export function statusView(inputs: StatusInputs): Readonly<Record<string, unknown>> {
  const { system } = inputs;
  return {
    version: inputs.version,
    market: marketView(inputs.calendar, inputs.now),
    system: system && {
      source: system.source,
      speed: system.speed,
      data_dir: system.dataDir,
      started_at: istIso(system.startedAt),
      manager_pid: system.managerPid,
    },
    scheduler: {
      health_status: inputs.health.status,
      health_reasons: inputs.health.reasons,
      health_score: healthScoreView(inputs.score),
      pipeline_wanted: inputs.wish.wanted,
      reason: inputs.wish.reason,
      since: istIso(inputs.wantedSince),
      next_look: istIso(inputs.wish.until),
      control_api_url: inputs.scheduler.controlApiUrl,
      override: inputs.scheduler.override,
      recovery: inputs.scheduler.recovery,
      jobs: inputs.scheduler.jobs,
      errors: inputs.scheduler.errors,
      degraded: inputs.scheduler.degraded,
    },
    pipeline: pipelineView(inputs),
    store: system && storeView(system),
    coverage: coverageView(inputs.coverage),
    coverage_error: inputs.coverageError,
    components: system?.components.map(componentView) ?? [],
  };
}

function marketView(calendar: SessionCalendar, now: EpochMs): Readonly<Record<string, unknown>> {
  const { date, phase, label } = calendar.sessionAt(now);
  return {
    date,
    phase,
    label,
    now: istIso(now),
    next_open: isoOrNull(calendar.nextOpen(now)),
    next_close: isoOrNull(calendar.nextClose(now)),
  };
}

function pipelineView(inputs: StatusInputs): Readonly<Record<string, unknown>> {
  const { memory, system, now, chartCallsPerDay } = inputs;
  const line = system === null ? undefined : componentOf(system, 'pipeline');
  const report = memory.last;
  return {
    state: line?.state ?? 'stopped',
    wanted: line?.wanted ?? 'down',
    reason: line?.reason ?? '',
    pid: line?.pid ?? null,
    restarts: line?.restarts ?? 0,
    phase: memory.running?.phase ?? null,
    trading_date: report?.tradingDate ?? null,
    symbols: report?.symbols ?? 0,
    sealed: report?.sealed ?? false,
    degraded: memory.running?.degraded ?? '',
    source: {
      live: memory.running?.source ?? 'none',
      reason: memory.running?.sourceReason ?? 'the pipeline does not run',
      since: isoOrNull(memory.sourceSince),
    },
    sources: memory.running?.sources.map((group) => ({ ...group, since: istIso(group.since) })) ?? [],
    sweep: { done: report?.sweepDone ?? 0, total: report?.sweepTotal ?? 0 },
    token: {
      expires_at: isoOrNull(report?.tokenExpiresAt ?? null),
      expires_in_seconds: report?.tokenExpiresAt == null ? null : Math.round((report.tokenExpiresAt - now) / 1_000),
      warning: memory.running?.tokenWarning ?? '',
    },
    data_plan: { denied_since: isoOrNull(memory.running?.planLapsedSince ?? null) },
    lease: { held_by: memory.running?.leaseHeldBy ?? null },
    clock_skew_ms: memory.running?.clockSkewMs ?? null,
    universe: { symbols: report?.symbols ?? 0, warnings: report?.universeWarnings ?? [] },
    budget: budgetView(report, memory.running, chartCallsPerDay),
    backfill: backfillView(report?.backfill ?? null),
    stats: statsView(report, memory.lastDataUpdate, inputs.dataAgeMs),
  };
}

function backfillView(backfill: PipelineReport['backfill']): Readonly<Record<string, unknown>> | null {
  if (backfill === null) return null;
  const { id, state, from, to, symbols, callsDone, callsTotal, daysDone, daysTotal, endsAt, note } = backfill;
  const calls = { done: callsDone, total: callsTotal };
  return {
    id,
    state,
    from,
    to,
    symbols,
    calls,
    days: { done: daysDone, total: daysTotal },
    ends_at: isoOrNull(endsAt),
    note,
  };
}

/** What is left of the day's calls outlives the pipeline; how fast they go does not. */
function budgetView(
  report: PipelineReport | null,
  running: PipelineReport | null,
  chartCallsPerDay: number,
): Readonly<Record<string, unknown>> {
  const budget = report?.budget;
  return {
    cap: budget?.cap ?? chartCallsPerDay,
    used: budget?.used ?? null,
    left: budget?.left ?? null,
    reserved: budget?.reserved ?? null,
    queued: running?.budget.queued ?? 0,
    per_second: running === null ? null : Math.round(running.budget.perSecond * 1_000) / 1_000,
    paused_until: isoOrNull(running?.budget.pausedUntil ?? null),
    runs_out_at: isoOrNull(running?.budget.runsOutAt ?? null),
    chart_calls_left: report?.chartCallsLeft ?? null,
    chart_calls_per_day: chartCallsPerDay,
  };
}

function statsView(
  report: PipelineReport | null,
  lastDataUpdate: EpochMs | null,
  dataAgeMs: number | null,
): Readonly<Record<string, unknown>> {
  return {
    errors: report?.errors ?? 0,
    last_data_update: isoOrNull(lastDataUpdate),
    data_age_seconds: dataAgeMs === null ? null : Math.round(dataAgeMs / 1_000),
    last_sealed_minute: isoOrNull(report?.lastSealedMinute ?? null),
    minutes_sealed: report?.minutesSealed ?? 0,
    bars_written: report?.barsWritten ?? 0,
    corrections: report?.corrections ?? 0,
    out_of_session: report?.outOfSession ?? 0,
    calls: report?.calls ?? 0,
    rate_limited: report?.rateLimited ?? 0,
    grace_ms: report?.graceMs ?? null,
    feed_lag_p95_ms: report?.feedLagP95Ms ?? null,
    seal_to_ack_p50_ms: report?.sealToAckP50Ms ?? null,
    seal_to_ack_p99_ms: report?.sealToAckP99Ms ?? null,
  };
}

function storeView(system: SystemStatus): Readonly<Record<string, unknown>> | null {
  const report = reportOf(system, 'store');
  return (
    report && {
      data_api_url: report.dataApiUrl,
      last_commit_seq: report.lastCommitSeq,
      last_published_seq: report.lastPublishedSeq,
      commits: report.commits,
      duplicates: report.duplicates,
      open_dates: report.openDates,
      commit_p50_ms: report.commitP50Ms,
      commit_p99_ms: report.commitP99Ms,
      publish_p50_ms: report.publishP50Ms,
      publish_p99_ms: report.publishP99Ms,
      errors: report.errors,
      degraded: report.degraded,
    }
  );
}

function coverageView(coverage: CoverageSummary | null): Readonly<Record<string, unknown>> | null {
  if (coverage === null) return null;
  const { date, state, expected, bars, absences, unknown, pending, complete, byReason } = coverage;
  return { date, state, expected, bars, absences, unknown, pending, complete, byReason };
}

function componentView(line: SystemStatus['components'][number]): Readonly<Record<string, unknown>> {
  return {
    name: line.component,
    state: line.state,
    wanted: line.wanted,
    reason: line.reason,
    pid: line.pid,
    ready_for_seconds: line.readyForMs === null ? null : Math.round(line.readyForMs / 1_000),
    restarts: line.restarts,
    rss_bytes: line.rssBytes,
    pss_bytes: line.pssBytes,
    cpu_seconds: line.cpuSeconds,
    loop_lag_ms: line.loopLagMs,
    last_exit: line.lastExit,
  };
}

const isoOrNull = (instant: EpochMs | null): string | null => (instant === null ? null : istIso(instant));
