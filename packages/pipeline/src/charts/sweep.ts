/**
 * Brings one date's official candles for a set of instruments.
 *
 *   round: every open instrument is asked once ──▶ `chart_retry_ms` ──▶ round … ──none open, or the deadline──▶ done
 *     └──a call fails──▶ pause, longer with each failure in a row ──▶ the round goes on with the next instrument
 *
 * An instrument is finished when every expected minute is a bar or explained, or when its chart has been asked again
 * `retries` times: what is left is then recorded as unknown. Failed calls do not count as answers. Finished instruments leave in batches of `batchSize` symbols.
 */
import {
  type Absence,
  type Bar,
  describeError,
  type EpochMs,
  type Instrument,
  type Logger,
  type MarketClock,
  type RtpConfig,
} from '@rtp/core';
import { type CallPriority, type DhanClient, failureBackoff } from '@rtp/dhan';
import type { Ack } from '@rtp/store-client';
import type { DayGrid } from '../bars/day-grid.ts';
import { candlesOf, MAX_BATCH_ROWS } from './chart-desk.ts';
import { type FeedEvidence, type Reconciled, reconcile } from './reconcile.ts';

export interface SweepOptions {
  readonly clock: MarketClock;
  readonly client: DhanClient;
  readonly logger: Logger;
  readonly config: RtpConfig['pipeline'];
  readonly grid: DayGrid;
  /** Priority symbols first. */
  readonly instruments: readonly Instrument[];
  readonly evidenceOf: (instrument: Instrument) => FeedEvidence;
  readonly priority: CallPriority;
  readonly maxInFlight: number;
  readonly batchSize: number;
  /** Times a chart with unexplained gaps is asked again. */
  readonly retries: number;
  /** The gaps of each instrument's latest chart, by instrument id: a later sweep of the date goes on from them. */
  readonly gaps: Map<number, string>;
  /** Market instant after which nothing more is asked for. */
  readonly deadline: EpochMs;
  readonly signal: AbortSignal;
  deliver(bars: readonly Bar[], absences: readonly Absence[]): Promise<Ack>;
  onFinished(instrument: Instrument): void;
  onOutOfSession(candles: number): void;
}

/** How the sweep ended. */
export interface SweepResult {
  /** Never answered before the deadline. */
  readonly unanswered: readonly Instrument[];
  /** Worth asking again later: not answered, or with more minutes than `DISPUTED_MINUTES` that the chart should have. */
  readonly unsettled: readonly Instrument[];
}

/** A chart may lack this many minutes in which the feed saw trades, and still be taken for the official day. */
const DISPUTED_MINUTES = 5;

interface Task {
  readonly instrument: Instrument;
  answers: number;
  latest: Reconciled | null;
}

/** Runs the sweep. Errors: RTP_PIPELINE_STOPPED, RTP_BATCH_INVALID, the signal's reason. */
export async function sweep(options: SweepOptions): Promise<SweepResult> {
  const { clock, config, signal, deadline, retries } = options;
  const outbox = new Outbox(options);
  let tasks: Task[] = options.instruments.map((instrument) => ({ instrument, answers: 0, latest: null }));
  const unsettled: Instrument[] = [];
  const finish = async (task: Task, result: Reconciled): Promise<void> => {
    if (result.unknown > DISPUTED_MINUTES) unsettled.push(task.instrument);
    options.onOutOfSession(result.outOfSession);
    await outbox.add(result);
    options.onFinished(task.instrument);
  };
  while (tasks.length > 0) {
    const open: Task[] = [];
    await askAll(options, tasks, async (task) => {
      const { latest } = task;
      if (latest !== null && (latest.unknown === 0 || task.answers > retries)) await finish(task, latest);
      else open.push(task);
    });
    tasks = inOrder(options.instruments, open);
    if (tasks.length === 0) break;
    await outbox.flush();
    if (clock.now() >= deadline) break;
    await clock.sleep(config.chart_retry_ms, { floorMs: config.chart_retry_floor_ms, signal });
  }
  for (const task of tasks) if (task.latest !== null) await finish(task, task.latest);
  await outbox.flush();
  const unanswered = tasks.filter((task) => task.latest === null).map((task) => task.instrument);
  return { unanswered, unsettled: [...unanswered, ...unsettled] };
}

/**
 * Asks for every task's chart once, `maxInFlight` at a time. A task whose call fails is left for the next round: one
 * instrument that fails for ever does not hold up the others, and a broker that fails for all is asked ever more rarely.
 */
async function askAll(
  options: SweepOptions,
  tasks: readonly Task[],
  onAsked: (task: Task) => Promise<void>,
): Promise<void> {
  const { clock, client, config, grid, signal, logger } = options;
  const queue = [...tasks];
  const backoff = failureBackoff({ minMs: config.chart_error_min_ms, maxMs: config.chart_error_max_ms });
  let restUntil = Number.NEGATIVE_INFINITY;
  const ask = async (task: Task): Promise<void> => {
    const { instrument } = task;
    if (clock.now() < restUntil) await clock.sleepUntil(restUntil, { floorMs: config.chart_retry_floor_ms, signal });
    if (clock.now() >= options.deadline) return;
    try {
      const candles = await candlesOf(client, instrument, grid.date, options.priority, signal);
      backoff.reset();
      task.answers += 1;
      task.latest = reconcile({
        instrument,
        grid,
        candles,
        evidence: options.evidenceOf(instrument),
        state: 'reconciled',
        knownAt: clock.now(),
        previousGap: options.gaps.get(instrument.instrumentId) ?? null,
      });
      options.gaps.set(instrument.instrumentId, task.latest.gapKey);
    } catch (error) {
      signal.throwIfAborted();
      // Calls that were under way when the first one failed say nothing new.
      if (clock.now() >= restUntil) restUntil = Math.min(clock.now() + backoff.next(), options.deadline);
      logger.warn('sweep call failed', { symbol: instrument.symbol, error: describeError(error) });
    }
  };
  const worker = async (): Promise<void> => {
    for (let task = queue.shift(); task !== undefined; task = queue.shift()) {
      await ask(task);
      await onAsked(task);
    }
  };
  await Promise.all(Array.from({ length: Math.min(options.maxInFlight, queue.length) }, worker));
}

/** Collects finished instruments and delivers them in batches of `batchSize` symbols, one delivery at a time. */
class Outbox {
  private readonly options: SweepOptions;
  private bars: Bar[] = [];
  private absences: Absence[] = [];
  private symbols = 0;
  private delivery: Promise<unknown> = Promise.resolve();

  constructor(options: SweepOptions) {
    this.options = options;
  }

  async add(result: Reconciled): Promise<void> {
    this.bars.push(...result.bars);
    this.absences.push(...result.absences);
    this.symbols += 1;
    const rows = this.bars.length + this.absences.length;
    if (this.symbols >= this.options.batchSize || rows >= MAX_BATCH_ROWS) await this.hand();
  }

  /** Delivers the rest and waits for the acknowledgement. */
  async flush(): Promise<void> {
    await this.hand();
    await this.delivery;
  }

  /** Waits for the delivery before this one only, so that calls go on meanwhile. */
  private async hand(): Promise<void> {
    const { bars, absences } = this;
    this.bars = [];
    this.absences = [];
    this.symbols = 0;
    const previous = this.delivery;
    if (bars.length + absences.length > 0) {
      this.delivery = previous.then(() => this.options.deliver(bars, absences));
      this.delivery.catch(() => {});
    }
    await previous;
  }
}

function inOrder(instruments: readonly Instrument[], tasks: readonly Task[]): Task[] {
  const rank = new Map(instruments.map((instrument, position) => [instrument, position]));
  return tasks.toSorted((a, b) => (rank.get(a.instrument) ?? 0) - (rank.get(b.instrument) ?? 0));
}
