/** One round of a sweep: every chart that is still wanted, asked for once. */
import { describeError, type EpochMs, type Instrument, type Logger, type MarketClock, RtpError } from '@rtp/core';
import { type CallPriority, type Candles, type DhanClient, failureKindOf } from '@rtp/dhan';
import type { DayGrid } from '../bars/day-grid.ts';
import { candlesOf } from './chart-desk.ts';
import type { FailureGate } from './failure-gate.ts';
import type { Reconciled } from './reconcile.ts';

export interface RoundOptions {
  readonly clock: MarketClock;
  readonly client: DhanClient;
  readonly logger: Logger;
  readonly grid: DayGrid;
  readonly priority: CallPriority;
  readonly maxInFlight: number;
  readonly gate: FailureGate;
  /** Market instant at which calls are given up. */
  readonly deadline: EpochMs;
  readonly signal: AbortSignal;
  /** What an answer says. */
  judge(instrument: Instrument, candles: Candles): Reconciled;
}

/** A chart that is wanted. */
export interface Task {
  readonly instrument: Instrument;
  answers: number;
  latest: Reconciled | null;
  /** Why the latest call failed; null before the first failure. */
  failure: 'limited' | 'failed' | null;
  /** Rounds in which its call failed. */
  failedRounds: number;
}

/**
 * Asks for every task's chart once, `maxInFlight` at a time. A task whose call fails is left for the next round: one
 * instrument that fails for ever does not hold up the others, and a broker that fails for all is asked ever more rarely.
 */
export async function askAll(
  options: RoundOptions,
  tasks: readonly Task[],
  onAsked: (task: Task) => Promise<void>,
): Promise<void> {
  const { clock, client, grid, signal, logger, gate, deadline } = options;
  const queue = [...tasks];
  const timeUp = new AbortController();
  const timer = clock.setTimer(deadline, () => timeUp.abort(new Error('the deadline has passed')));
  const untilDeadline = AbortSignal.any([signal, timeUp.signal]);
  const ask = async (task: Task): Promise<void> => {
    const { instrument } = task;
    const call = (): Promise<Candles> => candlesOf(client, instrument, grid.date, options.priority, untilDeadline);
    try {
      const candles = await gate.run(call, deadline, untilDeadline);
      if (candles === null) return;
      task.answers += 1;
      task.latest = options.judge(instrument, candles);
    } catch (error) {
      signal.throwIfAborted();
      task.failedRounds += 1;
      if (timeUp.signal.aborted) {
        // It waited for the end of a pause, or for its turn: nobody else had an answer either.
        task.failure ??= client.stats.budget.pausedUntil === null ? 'failed' : 'limited';
        return;
      }
      task.failure = isLimited(error) ? 'limited' : 'failed';
      logger.warn('sweep call failed', { symbol: instrument.symbol, error: describeError(error) });
    }
  };
  const worker = async (): Promise<void> => {
    for (let task = queue.shift(); task !== undefined; task = queue.shift()) {
      await ask(task);
      await onAsked(task);
    }
  };
  try {
    await Promise.all(Array.from({ length: Math.min(options.maxInFlight, queue.length) }, worker));
  } finally {
    timer.cancel();
  }
}

/** The call was not made, or not answered, for the sake of a limit. */
function isLimited(error: unknown): boolean {
  const isCapped = error instanceof RtpError && error.code === 'RTP_DHAN_DAY_CAP_REACHED';
  return isCapped || failureKindOf(error) === 'rate_limited';
}
