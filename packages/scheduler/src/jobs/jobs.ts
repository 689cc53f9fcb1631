import {
  backupConfig,
  type ChildContext,
  cleanLogs,
  istIso,
  type JobReport,
  readConfigOrigin,
  type SystemStatus,
  type TradingDate,
  wallClockMs,
} from '@rtp/core';
import type { StoreClient } from '@rtp/store-client';
import type { EventSink } from '../events/event-sink.ts';
import type { PipelineMemory } from '../pipeline-memory.ts';
import { checkSeal, type DaySealInputs } from './handlers/day-seal.ts';
import { checkToken } from './handlers/token-check.ts';
import { checkUniverse } from './handlers/universe-check.ts';
import { writeReport } from './handlers/write-report.ts';
import type { JobName } from './job-definitions.ts';
import { type JobOutcome, JobRunner, type JobWork } from './job-runner.ts';
import { lastClosedDay } from './occurrences.ts';

/** What the jobs see of the scheduler. */
export interface JobsOptions {
  readonly context: Pick<ChildContext, 'config' | 'paths' | 'clock' | 'calendar' | 'logger' | 'request'>;
  readonly store: Pick<StoreClient, 'receipt' | 'coverage'>;
  readonly events: EventSink;
  readonly memory: () => PipelineMemory;
  readonly wish: () => DaySealInputs['wish'];
  /** Whether the store is known to have sealed the date. */
  readonly isSealed: (date: TradingDate) => boolean;
}

/** The recurring jobs of the scheduler, with their work. */
export class Jobs {
  private readonly options: JobsOptions;
  private readonly runner: JobRunner;
  private system: SystemStatus | null = null;

  constructor(options: JobsOptions) {
    const { config, paths, clock, calendar, logger } = options.context;
    this.options = options;
    this.runner = new JobRunner({
      config: config.jobs,
      sealDeadline: config.store.seal_deadline,
      work: this.work(),
      file: paths.scheduleFile,
      calendar,
      clock,
      logger,
      events: options.events,
    });
  }

  /** Takes in a snapshot of the system; with the first one the jobs begin. */
  observe(system: SystemStatus): void {
    this.system = system;
    this.runner.start();
  }

  reports(): JobReport[] {
    return this.runner.reports();
  }

  /** The jobs as `GET /status` has them. */
  view(): Readonly<Record<string, unknown>>[] {
    const { jobs } = this.options.context.config;
    return this.runner.reports().map((job) => ({
      name: job.name,
      schedule: jobs[job.name as JobName],
      last_run: job.lastRunAt === null ? null : istIso(job.lastRunAt),
      last_result: job.lastResult,
      last_text: job.lastText,
      next_run: job.nextRunAt === null ? null : istIso(job.nextRunAt),
      running: job.running,
    }));
  }

  get errors(): number {
    return this.runner.errors;
  }

  get progress(): number {
    return this.runner.progress;
  }

  /** A day that was looked for and is still not sealed, and a schedule that cannot be kept; empty otherwise. */
  get degraded(): string {
    const seal = this.runner.lastRun('day_seal');
    const isMissing = seal?.result === 'failed' && !this.options.isSealed(seal.date);
    return [isMissing ? seal.text : '', this.runner.degraded].filter((text) => text !== '').join('; ');
  }

  /** Gives up what runs. */
  stop(): Promise<void> {
    return this.runner.stop();
  }

  private work(): Readonly<Record<JobName, JobWork>> {
    const { context, store, memory, wish } = this.options;
    const { config, paths, calendar, clock } = context;
    return {
      token_check: async () => {
        const { running, last } = memory();
        const { tokenFile } = paths;
        return checkToken({ now: clock.now(), calendar, report: last, isRunning: running !== null, tokenFile });
      },
      universe_check: async ({ date }) =>
        checkUniverse({ date, universeFile: config.pipeline.universe_file, report: memory().running }),
      day_seal: ({ date }) => checkSeal({ date, store, wish: wish() }),
      daily_report: ({ date }) => writeReport('daily', date, this.system, context.request),
      weekly_report: async ({ occurrence }) => {
        const date = lastClosedDay(calendar, occurrence);
        if (date === null) return { result: 'skipped', text: 'The calendar knows no trading day before it.' };
        return writeReport('weekly', date, this.system, context.request);
      },
      log_cleanup: async () => this.cleanUpLogs(),
      config_backup: async () => this.backUpConfig(),
    };
  }

  private cleanUpLogs(): JobOutcome {
    const { config, paths } = this.options.context;
    const { removed, removedBytes, before } = cleanLogs({
      logsDir: paths.logsDir,
      keepDays: config.logging.keep_days,
      now: wallClockMs(),
    });
    const text = removed.length === 0 ? 'Nothing' : `${removed.length} files, ${removedBytes} bytes,`;
    return { result: 'ok', text: `${text} older than ${before} removed.` };
  }

  private backUpConfig(): JobOutcome {
    const { config, paths } = this.options.context;
    const { outcome, dir, files } = backupConfig({
      paths,
      config,
      configFile: readConfigOrigin(paths),
      now: wallClockMs(),
      kept: config.jobs.config_backups_kept,
    });
    if (outcome === 'unchanged') return { result: 'skipped', text: `Unchanged since ${dir}.` };
    return { result: 'ok', text: `${files.length} files copied to ${dir}.` };
  }
}
