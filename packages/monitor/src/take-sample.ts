import {
  type ComponentSample,
  type ComponentStatus,
  dataAgeMs,
  type EpochMs,
  istIso,
  type PipelineReport,
  type ProcessUsage,
  reportOf,
  SAMPLE_VERSION,
  type Sample,
  type SessionAt,
  type StoreReport,
  type SystemStatus,
} from '@rtp/core';
import { type CoverageSummary, isNothingPending } from '@rtp/store-client';

/** What a sample is made of. */
export interface SampleInputs {
  readonly now: EpochMs;
  readonly wallClockMs: EpochMs;
  readonly session: SessionAt;
  readonly system: SystemStatus;
  /** Of the session's date; null when not known. */
  readonly coverage: CoverageSummary | null;
  /** Start of the newest minute with an acknowledged bar, over the pipeline's restarts. */
  readonly newestBar: EpochMs | null;
  readonly managerUsage: ProcessUsage | null;
}

/** One sample from one snapshot of the system. Pure. */
export function takeSample(inputs: SampleInputs): Sample {
  const { now, session, system, coverage } = inputs;
  const pipeline = reportOf(system, 'pipeline');
  const store = reportOf(system, 'store');
  const components = componentSamples(inputs);
  return {
    v: SAMPLE_VERSION,
    ts: now,
    time_ist: istIso(now),
    wall_ts: inputs.wallClockMs,
    speed: system.speed,
    source: system.source,
    market: { date: session.date, phase: session.phase },
    freshness_s: freshnessSeconds(inputs),
    coverage: coverage && {
      state: coverage.state,
      expected: coverage.expected,
      bars: coverage.bars,
      absences: coverage.absences,
      unknown: coverage.unknown,
      pending: coverage.pending,
      complete: coverage.complete,
    },
    pipeline: pipeline && pipelineSample(pipeline),
    lag: lagSample(pipeline, store),
    store: store && {
      commit_seq: store.lastCommitSeq,
      published_seq: store.lastPublishedSeq,
      duplicates: store.duplicates,
      open_dates: store.openDates,
    },
    components,
    totals: totalsOf(components),
  };
}

function freshnessSeconds({ session, newestBar, now, coverage }: SampleInputs): number | null {
  if (isNothingPending(coverage)) return null;
  const ageMs = dataAgeMs(session, newestBar, now);
  return ageMs === null ? null : ageMs / 1_000;
}

function pipelineSample(report: PipelineReport): NonNullable<Sample['pipeline']> {
  return {
    phase: report.phase,
    trading_date: report.tradingDate,
    live_source: report.source,
    symbols: report.symbols,
    minutes_sealed: report.minutesSealed,
    bars_written: report.barsWritten,
    corrections: report.corrections,
    out_of_session: report.outOfSession,
    calls: report.calls,
    rate_limited: report.rateLimited,
    chart_calls_left: report.chartCallsLeft,
    chart_calls_used: report.budget.used,
    chart_calls_cap: report.budget.cap,
    token_expires_at: report.tokenExpiresAt,
    sealed: report.sealed,
  };
}

function lagSample(pipeline: PipelineReport | null, store: StoreReport | null): Sample['lag'] {
  return {
    seal_to_ack_p50_ms: pipeline?.sealToAckP50Ms ?? null,
    seal_to_ack_p99_ms: pipeline?.sealToAckP99Ms ?? null,
    feed_p95_ms: pipeline?.feedLagP95Ms ?? null,
    grace_ms: pipeline?.graceMs ?? null,
    commit_p50_ms: store?.commitP50Ms ?? null,
    commit_p99_ms: store?.commitP99Ms ?? null,
    publish_p50_ms: store?.publishP50Ms ?? null,
    publish_p99_ms: store?.publishP99Ms ?? null,
  };
}

function componentSamples({ system, managerUsage }: SampleInputs): Record<string, ComponentSample> {
  const samples: Record<string, ComponentSample> = {
    'system-manager': {
      state: 'ready',
      wanted: 'up',
      pid: system.managerPid,
      rss_bytes: managerUsage?.rssBytes ?? null,
      pss_bytes: managerUsage?.pssBytes ?? null,
      cpu_seconds: managerUsage?.cpuSeconds ?? null,
      loop_lag_ms: null,
      restarts: 0,
      errors: null,
      degraded: '',
    },
  };
  for (const line of system.components) samples[line.component] = componentSample(line, system);
  return samples;
}

function componentSample(line: ComponentStatus, system: SystemStatus): ComponentSample {
  const report = reportOf(system, line.component);
  return {
    state: line.state,
    wanted: line.wanted,
    pid: line.pid,
    rss_bytes: line.rssBytes,
    pss_bytes: line.pssBytes,
    cpu_seconds: line.cpuSeconds,
    loop_lag_ms: line.loopLagMs,
    restarts: line.restarts,
    errors: report?.errors ?? null,
    degraded: report?.degraded ?? '',
  };
}

function totalsOf(components: Readonly<Record<string, ComponentSample>>): Sample['totals'] {
  const ours = Object.entries(components).flatMap(([name, sample]) => (name === 'simulator' ? [] : [sample]));
  return {
    rss_bytes: sum(ours.map((sample) => sample.rss_bytes)),
    pss_bytes: sum(ours.map((sample) => sample.pss_bytes)),
    cpu_seconds: sum(ours.map((sample) => sample.cpu_seconds)),
    errors: sum(ours.map((sample) => sample.errors)) ?? 0,
    restarts: sum(ours.map((sample) => sample.restarts)) ?? 0,
  };
}

/** The sum of what is known; null when nothing is. */
function sum(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : known.reduce((total, value) => total + value, 0);
}
