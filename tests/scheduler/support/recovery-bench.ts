import {
  type Alert,
  type ComponentStatus,
  defaultConfig,
  type PipelineReport,
  type SystemStatus,
  silentLogger,
} from '@rtp/core';
import {
  emptyPipelineMemory,
  type PipelineMemory,
  Recovery,
  type RecoverySettings,
  rememberPipeline,
} from '@rtp/scheduler';
import { SettableClock } from './settable-clock.ts';
import { ist, line, pipelineReport, snapshot, storeReport } from './snapshots.ts';

const MINUTE_MS = 60_000;
/** From one look to the next. A call is made every second. */
const LOOK_SECONDS = 5;

/** What the pipeline and those around it are like at a moment; all is well where nothing is said. */
export interface Situation {
  /** Whether minutes are sealed and their bars stored. */
  readonly isFlowing?: boolean;
  /** Whether the process does nothing at all. */
  readonly isStuck?: boolean;
  /** Whether calls fail. */
  readonly isFailing?: boolean;
  readonly report?: Partial<PipelineReport>;
  readonly pipeline?: Partial<ComponentStatus>;
  readonly store?: Partial<ComponentStatus>;
  readonly wanted?: 'up' | 'down';
  /** Out of session, or where the store says that no minute is pending. */
  readonly isNothingOwed?: boolean;
}

/** A recovery on a market that is told look by look, its pipeline obeying what is asked of it. */
export class RecoveryBench {
  readonly clock = new SettableClock(ist('2025-09-04 10:00:00'));
  /** `mm:ss what`, since the start. */
  readonly done: string[] = [];
  readonly events: Record<string, unknown>[] = [];
  readonly alerts: Alert[] = [];
  readonly recovery: Recovery;
  readonly settings: RecoverySettings;
  /** Of the steps taken so far, the last; what a step does to the pipeline is the test's. */
  lastStep = '';
  private readonly start = this.clock.now();
  private memory: PipelineMemory = emptyPipelineMemory;
  private realMs = 0;
  private pid = 4_100;
  private calls = 0;
  private errors = 0;
  private minutes = 0;
  private newestBar = this.clock.now() - MINUTE_MS;

  constructor(settings: Partial<RecoverySettings> = {}) {
    this.settings = { ...defaultConfig().recovery, ...settings };
    this.recovery = new Recovery({
      clock: this.clock,
      settings: this.settings,
      logger: silentLogger,
      events: { publish: (kind, data) => void this.events.push({ kind, ...data }) },
      request: async ({ component, what, reason, actor }) => {
        this.lastStep = what === 'restart' ? `restart ${component}` : what.name;
        this.done.push(`${this.elapsed} ${this.lastStep}`);
        if (what === 'restart') {
          this.pid += 1;
          this.calls = 0;
          this.errors = 0;
          this.minutes = 0;
        }
        return { ok: true, text: `${reason} (${actor})` };
      },
      page: (alert) => {
        this.alerts.push(alert);
        this.done.push(`${this.elapsed} page`);
      },
      realNow: () => this.realMs,
    });
  }

  get elapsed(): string {
    const seconds = Math.round((this.clock.now() - this.start) / 1_000);
    return `${String(Math.floor(seconds / 60)).padStart(2, '0')}:${String(seconds % 60).padStart(2, '0')}`;
  }

  /** Lets `seconds` of the market go by, looked at every few of them. */
  async run(seconds: number, situation: (bench: RecoveryBench) => Situation = () => ({})): Promise<void> {
    for (let second = 0; second < seconds; second += LOOK_SECONDS) {
      await this.clock.set(this.clock.now() + LOOK_SECONDS * 1_000);
      this.realMs += LOOK_SECONDS * 1_000;
      this.look(situation(this));
    }
  }

  /** The market clock alone goes on, as on a machine that slept. */
  sleep(seconds: number): Promise<void> {
    return this.clock.set(this.clock.now() + seconds * 1_000);
  }

  private look(situation: Situation): void {
    const now = this.clock.now();
    const { isFlowing = true, isStuck = false, isFailing = false, isNothingOwed = false, wanted = 'up' } = situation;
    if (!isStuck) this.calls += LOOK_SECONDS;
    if (isFailing) this.errors += LOOK_SECONDS;
    const endedMinute = Math.floor(now / MINUTE_MS) * MINUTE_MS - MINUTE_MS;
    if (isFlowing && !isStuck && endedMinute > this.newestBar) {
      this.newestBar = endedMinute;
      this.minutes += 1;
    }
    const report = pipelineReport({
      calls: this.calls,
      errors: this.errors,
      minutesSealed: this.minutes,
      lastDataUpdate: this.newestBar,
      tokenExpiresAt: now + 3_600_000,
      ...situation.report,
    });
    const system: SystemStatus = snapshot(now, [
      line('store', { report: storeReport(), ...situation.store }),
      line('pipeline', { pid: this.pid, report, ...situation.pipeline }),
    ]);
    this.memory = rememberPipeline(this.memory, system, now);
    const dataAgeMs = isNothingOwed ? null : now - (this.memory.lastDataUpdate ?? 0) - MINUTE_MS;
    this.recovery.observe({ system, wanted, memory: this.memory, dataAgeMs });
  }
}
