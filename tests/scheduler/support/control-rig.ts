import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type ComponentState,
  configSchema,
  healthScore,
  ManualClock,
  type RunningHttpServer,
  type SystemStatus,
  serveHttp,
  silentLogger,
} from '@rtp/core';
import {
  type ControlApiSource,
  configView,
  createControlApp,
  EventLog,
  EventStreams,
  emptyPipelineMemory,
  errorRateOf,
  type Health,
  metricsView,
  Operations,
  openAuditLog,
  Scheduler,
  scoreInputs,
  statusView,
} from '@rtp/scheduler';
import { calendar, ist, line, pipelineReport, snapshot } from './snapshots.ts';

export const TOKEN = 'a-token-of-more-than-sixteen-characters';
export const HTTP_LIMITS = { requestTimeoutMs: 400, headersTimeoutMs: 300, maxHeaderBytes: 8_192, maxConnections: 16 };

export interface RigOptions {
  readonly host?: string;
  readonly perMinute?: number;
  readonly wrongTokensPerMinute?: number;
  readonly operationTimeoutMs?: number;
  readonly eventsKept?: number;
  readonly streams?: Partial<ConstructorParameters<typeof EventStreams>[2]>;
}

/**
 * The control API over a real scheduler in session. The system manager is a model of three lines: what is wished is so at the
 * next `turn()`.
 */
export class ControlRig {
  readonly clock = new ManualClock(ist('2025-09-04 10:00'));
  readonly logsDir = mkdtempSync(join(tmpdir(), 'rtp-control-'));
  readonly events: EventLog;
  readonly operations: Operations;
  readonly streams: EventStreams;
  readonly scheduler: Scheduler;
  health: Health = { status: 'healthy', reasons: [] };
  /** Thrown by the next questions for the status. */
  failure: Error | null = null;
  /** How the manager answers a request. */
  answer = { ok: true, text: 'pipeline is restarted' };
  private state: ComponentState = 'ready';
  private wanted: 'up' | 'down' = 'up';
  private pid: number | null = 4_000;
  private server: RunningHttpServer | null = null;
  private readonly audit;
  private readonly options: RigOptions;

  constructor(options: RigOptions = {}) {
    this.options = options;
    const { clock } = this;
    this.events = new EventLog(options.eventsKept ?? 100);
    this.scheduler = new Scheduler({
      calendar,
      clock,
      config: { prepare_lead_minutes: 45, backfill_days: 5 },
      logger: silentLogger,
      storeDates: async () => [],
      pendingJob: () => null,
      want: (wanted) => {
        this.wanted = wanted;
      },
      operator: { read: () => null, write: () => {} },
      events: this.events,
    });
    this.operations = new Operations({
      clock,
      control: this.scheduler,
      request: async () => {
        if (this.answer.ok) this.pid = (this.pid ?? 4_000) + 1;
        return this.answer;
      },
      events: this.events,
      logger: silentLogger,
      timeoutMs: options.operationTimeoutMs ?? 5_000,
      kept: 100,
    });
    const limits = { heartbeatMs: 60_000, bufferBytes: 65_536, maxClients: 4, ...options.streams };
    this.streams = new EventStreams(this.events, clock, limits);
    this.audit = openAuditLog({ logsDir: this.logsDir, max_size_mb: 1, keep_days: 1 });
  }

  get url(): string {
    return this.server?.url ?? '';
  }

  get port(): number {
    return this.server?.port ?? 0;
  }

  async start(): Promise<this> {
    this.observe();
    const { host = '127.0.0.1', perMinute = 10_000, wrongTokensPerMinute = 1_000 } = this.options;
    const app = createControlApp(this.source(), {
      host,
      token: TOKEN,
      perMinute,
      wrongTokensPerMinute,
      maxBodyBytes: 1_024,
      audit: this.audit.handler,
      logger: silentLogger,
    });
    this.server = await serveHttp(app, { host: '127.0.0.1', port: 0, ...HTTP_LIMITS });
    return this;
  }

  async stop(): Promise<void> {
    this.operations.stop();
    this.scheduler.stop();
    this.events.end();
    await this.server?.close(50);
    this.audit.close();
    rmSync(this.logsDir, { recursive: true, force: true });
  }

  /** The manager does what is wished, and says so. */
  turn(state: ComponentState = this.wanted === 'up' ? 'ready' : 'stopped'): void {
    this.state = state;
    if (state === 'stopped' || state === 'fatal') this.pid = null;
    else this.pid ??= 5_000;
    this.observe();
  }

  system(): SystemStatus {
    const report = this.state === 'ready' ? pipelineReport({ minutesSealed: 45, calls: 200, errors: 1 }) : null;
    return snapshot(this.clock.now(), [
      line('store'),
      line('pipeline', { state: this.state, wanted: this.wanted, pid: this.pid, report, reason: 'as the test has it' }),
    ]);
  }

  auditLines(): readonly Record<string, unknown>[] {
    const text = readFileSync(join(this.logsDir, 'control_audit.log'), 'utf8');
    return text
      .split('\n')
      .filter((one) => one !== '')
      .map((one) => JSON.parse(one) as Record<string, unknown>);
  }

  fetch(path: string, init: RequestInit & { readonly token?: string | null } = {}): Promise<Response> {
    const { token = TOKEN, headers, ...rest } = init;
    const authorization = token === null ? {} : { authorization: `Bearer ${token}` };
    return fetch(`${this.url}${path}`, { ...rest, headers: { ...authorization, ...(headers as object) } });
  }

  private observe(): void {
    const system = this.system();
    this.scheduler.observe(system);
    this.operations.observe(system);
  }

  private source(): ControlApiSource {
    const config = configSchema.parse({});
    return {
      version: '9.8.7',
      health: () => this.health,
      status: async () => {
        if (this.failure !== null) throw this.failure;
        return this.status();
      },
      metrics: () => {
        const running = pipelineReport({
          minutesSealed: 45,
          barsWritten: 22_000,
          calls: 200,
          errors: 1,
          sealToAckP99Ms: 120,
        });
        return {
          view: metricsView({
            score: this.score(),
            system: this.system(),
            report: running,
            errorRate: errorRateOf(running),
            lastDataUpdate: ist('2025-09-04 09:59'),
            dataAgeMs: 12_000,
            updateFrequency: 1,
            eventClients: this.streams.clients,
            eventClientsCut: this.streams.cut,
          }),
          report: running,
        };
      },
      config: () => configView(config),
      operations: this.operations,
      waitMaxMs: 2_000,
      streams: this.streams,
    };
  }

  private score(): ReturnType<typeof healthScore> {
    const { health } = this;
    const system = this.system();
    const sources = {
      system,
      wish: this.scheduler.wish,
      health,
      isSessionOpen: true,
      running: null,
      dataAgeMs: 12_000,
    };
    return healthScore(scoreInputs(sources));
  }

  private status(): Readonly<Record<string, unknown>> {
    return statusView({
      version: '9.8.7',
      now: this.clock.now(),
      calendar,
      system: this.system(),
      memory: emptyPipelineMemory,
      wish: this.scheduler.wish,
      wantedSince: this.scheduler.wantedSince,
      scheduler: {
        controlApiUrl: this.url,
        override: null,
        recovery: { text: '', episodes: [] },
        jobs: [],
        errors: 0,
        degraded: '',
      },
      health: this.health,
      score: this.score(),
      dataAgeMs: 12_000,
      chartCallsPerDay: 7_000,
      coverage: null,
      coverageError: '',
    });
  }
}
