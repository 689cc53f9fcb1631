/**
 * Records one sample at every tick.
 *
 *   silent ──first snapshot──▶ recording ◀──append fails / succeeds──▶ unwritable
 *
 * silent: there is nothing to say yet, ticks pass. recording: each tick appends one line to the file of the market
 * date. unwritable: the last append failed; every tick tries again, so that recording resumes by itself, and the
 * report names the condition meanwhile. A tick that finds the one before it still writing passes. No tick ever throws:
 * losing a sample must not cost the process.
 */
import {
  describeError,
  type EpochMs,
  type Logger,
  type MarketClock,
  type MonitorReport,
  metricsFile,
  type ProcessUsage,
  reportOf,
  type SessionCalendar,
  type SystemStatus,
  type TradingDate,
  wallClockMs,
} from '@rtp/core';
import type { CoverageSummary } from '@rtp/store-client';
import { appendLine } from './append-line.ts';
import { takeSample } from './take-sample.ts';

export interface SamplerOptions {
  readonly clock: MarketClock;
  readonly calendar: SessionCalendar;
  readonly logger: Logger;
  readonly metricsDir: string;
  /** Where coverage comes from; asked without waiting for the answer. */
  readonly coverage: {
    refresh(date: TradingDate): Promise<void>;
    latest(date: TradingDate): CoverageSummary | null;
  };
  readonly usageOf: (pid: number) => Promise<ProcessUsage | null>;
}

export class Sampler {
  private readonly options: SamplerOptions;
  private system: SystemStatus | null = null;
  private newestBar: EpochMs | null = null;
  private writing: Promise<void> | null = null;
  private samples = 0;
  private lastSampleAt: EpochMs | null = null;
  private errors = 0;
  private condition = '';

  constructor(options: SamplerOptions) {
    this.options = options;
  }

  /** Takes in a snapshot of the system. */
  observe(status: SystemStatus): void {
    this.system = status;
  }

  report(): MonitorReport {
    return { samples: this.samples, lastSampleAt: this.lastSampleAt, errors: this.errors, degraded: this.condition };
  }

  /** Records one sample. Never rejects. */
  tick(): Promise<void> {
    if (this.system === null || this.writing !== null) return this.writing ?? Promise.resolve();
    this.writing = this.record(this.system).finally(() => {
      this.writing = null;
    });
    return this.writing;
  }

  /** Resolves when no sample is being written. */
  async settled(): Promise<void> {
    await this.writing;
  }

  private async record(system: SystemStatus): Promise<void> {
    const { logger } = this.options;
    try {
      await this.sampleOnce(system);
      if (this.condition !== '') logger.info('samples are recorded again');
      this.condition = '';
    } catch (error) {
      this.errors += 1;
      const condition = describeError(error);
      if (condition !== this.condition) logger.error('sample lost', { error: condition });
      this.condition = condition;
    }
  }

  private async sampleOnce(system: SystemStatus): Promise<void> {
    const { clock, calendar, coverage, metricsDir, usageOf } = this.options;
    const managerUsage = await usageOf(system.managerPid);
    const now = clock.now();
    const session = calendar.sessionAt(now);
    if (session.phase !== 'closed_day') void coverage.refresh(session.date);
    const lastDataUpdate = reportOf(system, 'pipeline')?.lastDataUpdate ?? null;
    if (lastDataUpdate !== null) this.newestBar = Math.max(this.newestBar ?? 0, lastDataUpdate);
    const sample = takeSample({
      now,
      wallClockMs: wallClockMs(),
      session,
      system,
      coverage: coverage.latest(session.date),
      newestBar: this.newestBar,
      managerUsage,
    });
    await appendLine(metricsFile(metricsDir, session.date), JSON.stringify(sample));
    this.samples += 1;
    this.lastSampleAt = now;
  }
}
