import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type ChildContext,
  type DataPaths,
  ensureApiToken,
  type HealthScore,
  healthScore,
  istIso,
  isUnfinished,
  loadSecrets,
  monotonicMs,
  projectRoot,
  type RunningComponent,
  readBackfillJob,
  realDelay,
  type SchedulerReport,
  type SystemStatus,
  serveHttp,
} from '@rtp/core';
import { CoverageWatch, createStoreClient } from '@rtp/store-client';
import { configView } from './control-api/config-view.ts';
import { createControlApp } from './control-api/control-app.ts';
import { EventStreams } from './control-api/event-stream.ts';
import { openAuditLog } from './control-api/guards/audit-log.ts';
import { metricsView } from './control-api/metrics-view.ts';
import type { ControlApiSource } from './control-api/route.ts';
import { statusView } from './control-api/status-view.ts';
import { componentEvents } from './events/component-events.ts';
import { EventLog } from './events/event-log.ts';
import { freshness } from './freshness.ts';
import { type Health, systemHealth } from './health.ts';
import { Jobs } from './jobs/jobs.ts';
import { Operations } from './operations/operations.ts';
import { operatorFile } from './operator-file.ts';
import { describeOverride, overrideView } from './operator-override.ts';
import { Recovery } from './recovery/recovery.ts';
import { recoveryView } from './recovery/recovery-view.ts';
import { staleAfterMs as recoveryStaleAfterMs } from './recovery/signals.ts';
import { Scheduler } from './scheduler.ts';
import { errorRateOf, scoreInputs } from './score-inputs.ts';
import { UpdateFrequency } from './update-frequency.ts';

/** Real time between two questions for the coverage that the report tells. */
const REPORT_COVERAGE_MS = 30_000;
/** Longest real wait for answers under way when the process stops. */
const CLOSE_GRACE_MS = 1_000;

/** The scheduler process: the pipeline's wanted state and the control API. Errors: RTP_PORT_IN_USE, RTP_ADDRESS_UNUSABLE. */
export async function startScheduler(context: ChildContext): Promise<RunningComponent<'scheduler'>> {
  const { calendar, clock, config, logger, paths, signal } = context;
  const api = config.control_api;
  const version = productVersion();
  const store = createStoreClient({ socketPath: paths.storeSocket });
  const coverage = new CoverageWatch(store, api.coverage_interval_ms);
  const events = new EventLog(api.events_kept);
  const scheduler = new Scheduler({
    calendar,
    clock,
    config: config.pipeline,
    logger,
    storeDates: () => store.dates(),
    pendingJob: () => pendingBackfill(paths),
    want: (wanted, reason, actor) => context.want('pipeline', wanted, reason, actor),
    operator: operatorFile(paths.operatorFile, logger),
    events,
  });
  const jobs = new Jobs({
    context,
    store,
    events,
    memory: () => scheduler.memory,
    wish: () => scheduler.wish,
    isSealed: (date) => scheduler.isSealed(date),
  });
  const errors = (): number => scheduler.errors + jobs.errors;
  const degraded = (): string =>
    [scheduler.degraded, recovery.degraded, jobs.degraded].filter((text) => text !== '').join('; ');
  let system: SystemStatus | null = null;
  let heardAt = monotonicMs();
  let controlApiUrl = '';

  const staleAfterMs = (): number => Math.max(api.stale_after_ms, api.stale_floor_ms * clock.speed);

  const newestBarAgeMs = freshness({
    calendar,
    clock,
    coverage,
    newestBar: () => scheduler.memory.lastDataUpdate,
    limitMs: () => Math.min(staleAfterMs(), recoveryStaleAfterMs(config.recovery, clock.speed)),
  });
  const recovery = new Recovery({
    clock,
    settings: config.recovery,
    logger,
    events,
    request: context.request,
    page: context.raise,
  });

  const isSessionOpen = (): boolean => calendar.sessionAt(clock.now()).phase === 'open';

  const health = (): Health =>
    systemHealth({
      system,
      snapshotAgeMs: monotonicMs() - heardAt,
      snapshotTimeoutMs: api.snapshot_timeout_ms,
      dataAgeMs: newestBarAgeMs(),
      staleAfterMs: staleAfterMs(),
      isStopping: signal.aborted,
    });

  const coverageDate = (): string | null => {
    const session = calendar.sessionAt(clock.now());
    return session.phase === 'closed_day' ? (scheduler.memory.last?.tradingDate ?? null) : session.date;
  };
  const coverageReport = (): SchedulerReport['coverage'] => {
    const date = coverageDate();
    const latest = date === null ? null : coverage.latest(date);
    if (latest === null) return null;
    const { expected, bars, absences, unknown } = latest;
    return { expected, bars, absences, unknown };
  };

  const status = async (): Promise<Readonly<Record<string, unknown>>> => {
    const date = coverageDate();
    if (date !== null) await waitAtMost(coverage.refresh(date), api.coverage_wait_ms);
    return statusView({
      version,
      now: clock.now(),
      calendar,
      system,
      memory: scheduler.memory,
      wish: scheduler.wish,
      wantedSince: scheduler.wantedSince,
      scheduler: {
        controlApiUrl,
        override: overrideView(scheduler.override),
        recovery: recoveryView(recovery),
        jobs: jobs.view(),
        errors: errors(),
        degraded: degraded(),
      },
      health: health(),
      score: score(),
      dataAgeMs: newestBarAgeMs(),
      chartCallsPerDay: config.broker.chart_calls_per_day,
      coverage: date === null ? null : coverage.latest(date),
      coverageError: coverage.error,
    });
  };

  let coverageAskedAt = Number.NEGATIVE_INFINITY;
  const refreshCoverage = (): void => {
    const date = coverageDate();
    if (date === null || monotonicMs() - coverageAskedAt < REPORT_COVERAGE_MS) return;
    coverageAskedAt = monotonicMs();
    void coverage.refresh(date);
  };
  const operations = new Operations({
    clock,
    control: scheduler,
    request: context.request,
    events,
    logger,
    timeoutMs: api.operation_timeout_ms,
    kept: api.operations_kept,
  });
  const streams = new EventStreams(events, clock, {
    heartbeatMs: api.events_heartbeat_ms,
    bufferBytes: api.events_buffer_bytes,
    maxClients: api.events_max_clients,
  });
  const frequency = new UpdateFrequency();
  const score = (): HealthScore =>
    healthScore(
      scoreInputs({
        system,
        wish: scheduler.wish,
        health: health(),
        isSessionOpen: isSessionOpen(),
        running: scheduler.memory.running,
        dataAgeMs: newestBarAgeMs(),
      }),
    );
  const metrics: ControlApiSource['metrics'] = () => ({
    view: metricsView({
      score: score(),
      system,
      report: scheduler.memory.running,
      errorRate: errorRateOf(scheduler.memory.running),
      lastDataUpdate: scheduler.memory.lastDataUpdate,
      dataAgeMs: newestBarAgeMs(),
      updateFrequency: frequency.value,
      eventClients: streams.clients,
      eventClientsCut: streams.cut,
    }),
    report: scheduler.memory.running,
  });
  const audit = openAuditLog({ logsDir: paths.logsDir, ...config.logging });
  const source: ControlApiSource = {
    version,
    health,
    status,
    metrics,
    config: () => configView(config),
    operations,
    waitMaxMs: api.wait_max_ms,
    streams,
  };
  const app = createControlApp(source, {
    host: api.host,
    token: ensureApiToken(paths, loadSecrets({ dotenvFile: null }).apiToken),
    perMinute: api.rate_limit_per_minute,
    wrongTokensPerMinute: api.wrong_tokens_per_minute,
    maxBodyBytes: api.max_body_bytes,
    audit: audit.handler,
    logger,
  });
  const server = await serveHttp(app, {
    host: api.host,
    port: api.port,
    requestTimeoutMs: api.request_timeout_ms,
    headersTimeoutMs: api.headers_timeout_ms,
    maxHeaderBytes: api.max_header_bytes,
    maxConnections: api.max_connections,
  });
  controlApiUrl = server.url;
  logger.info('control API listens', { url: controlApiUrl });

  return {
    report: () => ({
      controlApiUrl,
      wanted: scheduler.wish.wanted,
      reason: scheduler.wish.reason,
      override: scheduler.override === null ? '' : describeOverride(scheduler.override),
      recovery: recovery.text,
      healthScore: score(),
      dataAgeMs: newestBarAgeMs(),
      coverage: coverageReport(),
      jobs: jobs.reports(),
      errors: errors(),
      degraded: degraded(),
    }),
    progress: () => scheduler.progress + jobs.progress,
    onSystemStatus: (snapshot) => {
      for (const change of componentEvents(system, snapshot)) events.publish('component', change);
      system = snapshot;
      heardAt = monotonicMs();
      scheduler.observe(snapshot);
      const { memory, wish } = scheduler;
      recovery.observe({ system: snapshot, wanted: wish.wanted, memory, dataAgeMs: newestBarAgeMs() });
      jobs.observe(snapshot);
      operations.observe(snapshot);
      refreshCoverage();
      frequency.observe(memory.pid, isSessionOpen() ? memory.running : null, clock.now());
    },
    onAlert: ({ at, ...alert }) => events.publish('alert', { at: istIso(at), ...alert }),
    stop: async () => {
      scheduler.stop();
      operations.stop();
      events.end();
      await jobs.stop();
      await server.close(CLOSE_GRACE_MS);
      audit.close();
      await store.close();
    },
  };
}

function pendingBackfill(paths: DataPaths): string | null {
  const job = readBackfillJob(paths);
  return job !== null && isUnfinished(job) ? `backfill of ${job.from} to ${job.to}` : null;
}

async function waitAtMost(work: Promise<void>, ms: number): Promise<void> {
  const done = new AbortController();
  await Promise.race([work, realDelay(ms, done.signal).catch(() => {})]);
  done.abort();
}

function productVersion(): string {
  const manifest: unknown = JSON.parse(readFileSync(join(projectRoot, 'package.json'), 'utf8'));
  const version = typeof manifest === 'object' && manifest !== null && 'version' in manifest ? manifest.version : '';
  return String(version);
}
