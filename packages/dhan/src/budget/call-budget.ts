import type { BudgetReport, EpochMs, Logger, MarketClock, MarketTimer } from '@rtp/core';
import type { CallPriority } from '../client/client-contract.ts';
import { dhanErrors } from '../errors.ts';
import { callsLeftFor, type DayAllowance } from './allowance.ts';
import { BrokerSecond } from './broker-second.ts';
import { CallQueue, type WaitingCall } from './call-queue.ts';
import type { DayCount } from './day-count.ts';
import { PaceMeter } from './pace-meter.ts';

/** Above this speed latency is longer than the spacing: calls go one at a time, spaced from the last one's end. */
export const SINGLE_FILE_SPEED = 20;
/** Rate-limit answers in a row halve the pace at most this many times. */
const MAX_SLOWDOWNS = 3;
/** Part of a pause that is added by lot: programs refused together do not come back together. */
const PAUSE_SPREAD = 0.2;
/** After a late start calls follow this close, in spacings, until the delay is made up for; so many calls at most. */
const CATCH_UP_SPACING = 0.9;
const CATCH_UP_CALLS = 5;

export interface CallBudgetOptions {
  /** What log lines call the bucket. */
  readonly name: string;
  readonly clock: MarketClock;
  readonly logger: Logger;
  /** Market time between the starts of two calls. */
  readonly spacingMs: number;
  readonly maxInFlight: number;
  /** Calls that the broker takes in any second; left out where the spacing and one call in flight see to it. */
  readonly callsASecond?: number;
  /** Market time of silence after a rate-limit answer, and the longest when they repeat. */
  readonly pauseMs: number;
  readonly pauseMaxMs: number;
  /** Market time without a rate-limit answer after which a halved pace doubles again. */
  readonly recoveryMs: number;
  readonly daily?: {
    readonly count: DayCount;
  } & Pick<DayAllowance, 'cap' | 'repairReserve' | 'backfillShare'>;
}

/** The right to make one call; `release` when its answer has arrived. */
export interface CallLease {
  /** Place in the queue: a call that is repeated passes it to `acquire` and keeps its turn. */
  readonly order: number;
  /** The answer was a rate-limit one: everybody pauses. Before `release`. */
  rateLimited(): void;
  release(): void;
}

/**
 * One bucket of the broker's rate limits (wire §6.1), on the market clock. Calls are evenly spaced, never
 * made up for in a burst, handed out by priority and in order of arrival within one, and counted against the day.
 *
 *   steady ──rate-limit answer──▶ paused ──pauseMs──▶ slow ──recoveryMs without another──▶ one step faster … steady
 *                                    ▲──────rate-limit answer───┘   (each doubles spacing and pause, up to 8 times)
 *   any ──close──▶ closed: everybody who waits is refused
 *
 * Answers that arrive during a pause belong to calls made before it and change nothing.
 */
export class CallBudget {
  private readonly options: CallBudgetOptions;
  private readonly queue = new CallQueue();
  private timer: { readonly instant: EpochMs; readonly handle: MarketTimer } | undefined;
  private readonly second: BrokerSecond | null;
  private readonly pace: PaceMeter;
  private sweepReserve = 0;
  private nextOrder = 0;
  private inFlight = 0;
  /** When the next call is due by the spacing, and before when it may not start however late that one was. */
  private due: EpochMs = Number.NEGATIVE_INFINITY;
  private closest: EpochMs = Number.NEGATIVE_INFINITY;
  private pauseEnd: EpochMs = Number.NEGATIVE_INFINITY;
  private slowdowns = 0;
  private fasterAt: EpochMs = Number.POSITIVE_INFINITY;
  private closed = false;

  constructor(options: CallBudgetOptions) {
    this.options = options;
    this.second = options.callsASecond === undefined ? null : new BrokerSecond(options.callsASecond, options.clock);
    this.pace = new PaceMeter(options.clock.now());
  }

  /** Calls waiting for their turn. */
  get queued(): number {
    return this.queue.length;
  }

  /** Calls that `priority` may still make today; unlimited buckets say Infinity. */
  leftFor(priority: CallPriority): number {
    const { daily } = this.options;
    if (daily === undefined) return Number.POSITIVE_INFINITY;
    return callsLeftFor(priority, { ...daily, used: daily.count.today, sweepReserve: this.sweepReserve });
  }

  /** Keeps so many of the day's calls for the sweep. */
  reserveForSweep(calls: number): void {
    this.sweepReserve = calls;
    this.refuseBeyondCap();
  }

  /** The gauge of the bucket. */
  report(): BudgetReport {
    const { clock, daily } = this.options;
    const now = clock.now();
    this.recover(now);
    const used = daily?.count.today ?? 0;
    const cap = daily?.cap ?? 0;
    const left = Math.max(0, cap - used);
    return {
      cap,
      used,
      left,
      reserved: Math.min(left, this.sweepReserve + (daily?.repairReserve ?? 0)),
      queued: this.queued,
      perSecond: 1_000 / this.spacingMs,
      pausedUntil: this.pausedUntil,
      runsOutAt: this.pace.runsOutAt(left, now),
    };
  }

  get pausedUntil(): EpochMs | null {
    return this.options.clock.now() < this.pauseEnd ? this.pauseEnd : null;
  }

  /**
   * Waits for a turn. Errors: RTP_DHAN_DAY_CAP_REACHED, RTP_DHAN_CLOSED; the signal's reason when aborted, which
   * leaves the queue.
   */
  acquire(
    priority: CallPriority,
    { signal, order }: { signal?: AbortSignal | undefined; order?: number } = {},
  ): Promise<CallLease> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const place = order ?? this.nextOrder++;
      const onAbort = (): void => {
        this.queue.leave(waiting);
        reject(signal?.reason);
        this.pump();
      };
      const waiting: WaitingCall = {
        order: place,
        priority,
        grant: () => {
          signal?.removeEventListener('abort', onAbort);
          resolve(this.lease(place));
        },
        refuse: (error) => {
          signal?.removeEventListener('abort', onAbort);
          reject(error);
        },
      };
      signal?.addEventListener('abort', onAbort, { once: true });
      // Time in which nobody waited is no delay.
      if (this.queue.length === 0) this.due = Math.max(this.due, this.options.clock.now());
      this.queue.join(waiting);
      this.pump();
    });
  }

  close(): void {
    this.closed = true;
    this.timer?.handle.cancel();
    this.timer = undefined;
    this.queue.refuse(() => dhanErrors.create('RTP_DHAN_CLOSED', 'The broker client was closed.'));
  }

  private lease(order: number): CallLease {
    const { clock } = this.options;
    const answered = this.second?.start();
    let held = true;
    return {
      order,
      rateLimited: () => this.pause(),
      release: () => {
        if (!held) return;
        held = false;
        this.inFlight -= 1;
        answered?.();
        if (this.isSingleFile) this.due = Math.max(this.due, clock.now() + this.spacingMs);
        this.pump();
      },
    };
  }

  private get isSingleFile(): boolean {
    return this.options.clock.speed > SINGLE_FILE_SPEED || this.options.maxInFlight === 1;
  }

  private get spacingMs(): number {
    return this.options.spacingMs * 2 ** this.slowdowns;
  }

  private pump(): void {
    if (this.closed) {
      this.close();
      return;
    }
    this.refuseBeyondCap();
    const limit = this.isSingleFile ? 1 : this.options.maxInFlight;
    while (this.inFlight < limit) {
      const next = this.queue.first();
      if (next === undefined) return;
      const now = this.options.clock.now();
      const readyAt = Math.max(this.due, this.closest, this.pauseEnd, this.second?.freeAt() ?? now);
      if (now < readyAt) {
        this.wakeAt(readyAt);
        return;
      }
      this.recover(now);
      this.queue.leave(next);
      this.inFlight += 1;
      this.advance(now);
      this.options.daily?.count.add();
      this.pace.add(now);
      next.grant();
      this.refuseBeyondCap();
    }
  }

  /** A start that came late, for a timer or a full house, is made up for little by little. */
  private advance(now: EpochMs): void {
    const { spacingMs } = this;
    this.due = Math.max(this.due, this.pauseEnd, now - spacingMs * CATCH_UP_CALLS) + spacingMs;
    this.closest = now + spacingMs * CATCH_UP_SPACING;
  }

  private wakeAt(instant: EpochMs): void {
    if (this.timer?.instant === instant) return;
    this.timer?.handle.cancel();
    const handle = this.options.clock.setTimer(instant, () => {
      this.timer = undefined;
      this.pump();
    });
    this.timer = { instant, handle };
  }

  private pause(): void {
    const { clock, logger, name, recoveryMs } = this.options;
    const now = clock.now();
    if (now < this.pauseEnd) return;
    this.recover(now);
    const longestMs = Math.max(this.options.pauseMs, this.options.pauseMaxMs);
    const pauseMs = Math.min(longestMs, this.options.pauseMs * 2 ** this.slowdowns);
    this.pauseEnd = now + Math.round(pauseMs * (1 + PAUSE_SPREAD * Math.random()));
    this.slowdowns = Math.min(this.slowdowns + 1, MAX_SLOWDOWNS);
    this.fasterAt = this.pauseEnd + recoveryMs;
    logger.warn(`rate limit of ${name} exceeded: pausing, then slower`, {
      pauseMs: this.pauseEnd - now,
      spacingMs: this.spacingMs,
    });
  }

  private recover(now: EpochMs): void {
    while (this.slowdowns > 0 && now >= this.fasterAt) {
      this.slowdowns -= 1;
      this.fasterAt += this.options.recoveryMs;
    }
  }

  private refuseBeyondCap(): void {
    const { daily, name } = this.options;
    if (daily === undefined) return;
    this.queue.refuse((priority) =>
      this.leftFor(priority) > 0
        ? null
        : dhanErrors.create(
            'RTP_DHAN_DAY_CAP_REACHED',
            `${daily.count.today} of ${daily.cap} ${name} were made today; none is left for "${priority}".`,
          ),
    );
  }
}
