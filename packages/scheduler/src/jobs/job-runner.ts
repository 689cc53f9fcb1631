/**
 * Runs the recurring jobs, one at a time, on the market clock.
 *
 *   waiting ──first snapshot──▶ idle ──a job is due──▶ running ──ended, or given up after timeout_ms──▶ idle
 *                                 └──────── stop() ───────┴──────────────────────────▶ stopped
 *
 * idle: what is due is worked out from the schedule file, the calendar and the market's now, at the instant the last look
 * named; nothing is counted forward, so that a clock that jumps and a machine that slept change only the next answer.
 * running: the run has been noted as begun before its work starts and is noted as ended after it; what has become due
 * meanwhile follows. stopped: a run under way is noted as not begun and is made up for at the next start.
 */
import {
  describeError,
  type EpochMs,
  istIso,
  type JobReport,
  type Logger,
  type MarketClock,
  type MarketTimer,
  type RtpConfig,
  realTimer,
  type SessionCalendar,
  type TradingDate,
} from '@rtp/core';
import type { EventSink } from '../events/event-sink.ts';
import {
  begun,
  type DueJob,
  type DueLimits,
  dueJobs,
  ended,
  givenUp,
  openedSchedule,
  type PlannedJob,
  withoutWrongFuture,
} from './due-jobs.ts';
import { JOB_NAMES, type JobName, jobDefinitions } from './job-definitions.ts';
import { Occurrences } from './occurrences.ts';
import { type JobState, readSchedule, type Schedule, writeSchedule } from './schedule-file.ts';

/** What came of a job, for people. */
export type JobOutcome = Pick<JobState['last'] & {}, 'result' | 'text'>;

/** The work of a job. What it throws is a failure. */
export type JobWork = (run: {
  /** IST date of the occurrence. */
  readonly date: TradingDate;
  readonly occurrence: EpochMs;
  /** Aborted when the run is given up. */
  readonly signal: AbortSignal;
}) => Promise<JobOutcome>;

export interface JobRunnerOptions {
  readonly config: RtpConfig['jobs'];
  /** `store.seal_deadline` */
  readonly sealDeadline: string;
  readonly work: Readonly<Record<JobName, JobWork>>;
  readonly file: string;
  readonly calendar: SessionCalendar;
  readonly clock: MarketClock;
  readonly logger: Logger;
  readonly events: EventSink;
}

export class JobRunner {
  private readonly options: JobRunnerOptions;
  private readonly jobs: readonly PlannedJob[];
  private readonly limits: DueLimits;
  private readonly stopping = new AbortController();
  private schedule: Schedule;
  private next: ReadonlyMap<JobName, EpochMs> = new Map();
  private running: JobName | null = null;
  private current: Promise<void> = Promise.resolve();
  private timer: MarketTimer | null = null;
  private isStarted = false;
  private saveFailure = '';
  private errorCount = 0;
  private runs = 0;

  constructor(options: JobRunnerOptions) {
    const { config, calendar, sealDeadline, clock } = options;
    this.options = options;
    const definitions = jobDefinitions(config);
    this.jobs = definitions.map((definition) => ({
      definition,
      occurrences: new Occurrences(definition, calendar, sealDeadline),
    }));
    this.limits = {
      catchUpDays: config.catch_up_days,
      retryMs: config.retry_ms,
      clockBackMaxMs: config.clock_back_max_ms,
    };
    this.schedule = openedSchedule(this.found(), definitions, clock.now());
  }

  /** Lets the jobs run, once the state of the system is known. Later calls change nothing. */
  start(): void {
    if (this.isStarted) return;
    this.isStarted = true;
    this.save();
    this.look();
  }

  /** Every job in a fixed order. */
  reports(): JobReport[] {
    return JOB_NAMES.map((name) => {
      const last = this.schedule[name]?.last ?? null;
      return {
        name,
        lastRunAt: last?.at ?? null,
        lastResult: last?.result ?? null,
        lastText: last?.text ?? '',
        nextRunAt: this.next.get(name) ?? null,
        running: this.running === name,
      };
    });
  }

  /** How a job's last run ended; null before the first. */
  lastRun(name: JobName): JobState['last'] {
    return this.schedule[name]?.last ?? null;
  }

  /** Jobs that failed and saves that did. */
  get errors(): number {
    return this.errorCount;
  }

  /** Grows with every run. */
  get progress(): number {
    return this.runs;
  }

  /** Why the schedule cannot be kept; empty when it can. */
  get degraded(): string {
    return this.saveFailure;
  }

  /** Gives up what runs; resolves when nothing does. */
  async stop(): Promise<void> {
    this.stopping.abort(new Error('the scheduler stops'));
    this.timer?.cancel();
    await this.current;
  }

  private look(): void {
    this.timer?.cancel();
    this.timer = null;
    if (this.stopping.signal.aborted || this.running !== null) return;
    const { clock } = this.options;
    const now = clock.now();
    this.schedule = withoutWrongFuture(this.schedule, now, this.limits.clockBackMaxMs);
    const { due, next } = dueJobs(this.schedule, this.jobs, now, this.limits);
    this.next = next;
    const [first] = due;
    if (first !== undefined) {
      this.current = this.run(first).finally(() => this.look());
    } else if (next.size > 0) {
      this.timer = clock.setTimer(Math.min(...next.values()), () => this.look());
    }
  }

  private async run(due: DueJob): Promise<void> {
    const { clock, config, logger } = this.options;
    const { name } = due;
    this.running = name;
    this.change(name, (state) => begun(state, due));
    let outcome: JobOutcome;
    try {
      outcome = await this.carryOut(due);
    } catch (error) {
      outcome = { result: 'failed', text: describeError(error) };
    }
    this.running = null;
    this.runs += 1;
    if (this.stopping.signal.aborted && outcome.result === 'failed') {
      this.change(name, (state) => givenUp(state, due, clock.now()));
      return;
    }
    const isRetried = this.jobs.some(({ definition }) => definition.name === name && definition.isRetried);
    this.change(name, (state) => ended(state, due, outcome, clock.now(), isRetried ? config.retry_ms : null));
    if (outcome.result === 'failed') this.errorCount += 1;
    const level = outcome.result === 'failed' || outcome.result === 'warning' ? 'warn' : 'info';
    logger[level](`job ${name}: ${outcome.result}`, { date: due.date, attempt: due.attempt, text: outcome.text });
    this.options.events.publish('job', {
      name,
      result: outcome.result,
      text: outcome.text,
      date: due.date,
      ended_at: istIso(clock.now()),
    });
  }

  /** The job's outcome; rejects at once when the run is given up. */
  private async carryOut({ name, date, occurrence }: DueJob): Promise<JobOutcome> {
    const { work, config } = this.options;
    const timeUp = new AbortController();
    const giveUp = (): void => timeUp.abort(new Error(`It took longer than ${config.timeout_ms} ms and was given up.`));
    const timer = realTimer(config.timeout_ms, giveUp, { keepAlive: false });
    const signal = AbortSignal.any([this.stopping.signal, timeUp.signal]);
    const { promise: aborted, reject } = Promise.withResolvers<never>();
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    try {
      return await Promise.race([work[name]({ date, occurrence, signal }), aborted]);
    } finally {
      timer.cancel();
    }
  }

  private change(name: JobName, next: (state: JobState) => JobState): void {
    const state = this.schedule[name] ?? { settled: null, run: null, last: null };
    this.schedule = { ...this.schedule, [name]: next(state) };
    this.save();
  }

  /** A schedule that cannot be kept does not keep jobs from running: at worst one runs again after a restart. */
  private save(): void {
    try {
      writeSchedule(this.options.file, this.schedule);
      this.saveFailure = '';
    } catch (error) {
      if (this.saveFailure === '')
        this.options.logger.error('the job schedule is not kept', { error: describeError(error) });
      this.saveFailure = `the job schedule is not kept: ${describeError(error)}`;
      this.errorCount += 1;
    }
  }

  private found(): Schedule {
    try {
      return readSchedule(this.options.file);
    } catch (error) {
      this.options.logger.warn('the job schedule is not readable and is begun anew', { error: describeError(error) });
      return {};
    }
  }
}
