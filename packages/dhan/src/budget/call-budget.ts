import type { EpochMs, Logger, MarketClock, MarketTimer } from '@rtp/core';
import { CALL_PRIORITIES, type CallPriority } from '../client/client-contract.ts';
import { dhanErrors } from '../errors.ts';
import type { DayCount } from './day-count.ts';

/** Above this speed latency is longer than the spacing: calls go one at a time, spaced from the last one's end. */
export const SINGLE_FILE_SPEED = 20;
/** Rate-limit answers in a row halve the pace at most this many times. */
const MAX_SLOWDOWNS = 3;

export interface CallBudgetOptions {
  /** What log lines call the bucket. */
  readonly name: string;
  readonly clock: MarketClock;
  readonly logger: Logger;
  /** Market time between the starts of two calls. */
  readonly spacingMs: number;
  readonly maxInFlight: number;
  /** Market time of silence after a rate-limit answer. */
  readonly pauseMs: number;
  /** Market time without a rate-limit answer after which a halved pace doubles again. */
  readonly recoveryMs: number;
  readonly daily?: {
    readonly count: DayCount;
    readonly cap: number;
    /** Part of the cap that `backfill` may use, so that a backfill cannot starve the day's own calls. */
    readonly backfillShare: number;
  };
}

/** The right to make one call; `release` when its answer has arrived. */
export interface CallLease {
  /** Place in the queue: a call that is repeated passes it to `acquire` and keeps its turn. */
  readonly order: number;
  /** The answer was a rate-limit one: everybody pauses. Before `release`. */
  rateLimited(): void;
  release(): void;
}

interface Waiting {
  readonly order: number;
  readonly priority: CallPriority;
  grant(): void;
  refuse(error: unknown): void;
}

/**
 * One bucket of the broker's rate limits (wire §6.1), on the market clock. Calls are evenly spaced, never
 * made up for in a burst, handed out by priority and in order of arrival within one, and counted against the day.
 *
 *   steady ──rate-limit answer──▶ paused ──pauseMs──▶ slow ──recoveryMs without another──▶ one step faster … steady
 *                                    ▲──────rate-limit answer───┘   (each doubles the spacing, up to 8 times)
 *   any ──close──▶ closed: everybody who waits is refused
 *
 * Answers that arrive during a pause belong to calls made before it and change nothing.
 */
export class CallBudget {
  private readonly options: CallBudgetOptions;
  private readonly queues: Readonly<Record<CallPriority, Waiting[]>>;
  private timer: { readonly instant: EpochMs; readonly handle: MarketTimer } | undefined;
  private nextOrder = 0;
  private inFlight = 0;
  private nextStart: EpochMs = Number.NEGATIVE_INFINITY;
  private pauseEnd: EpochMs = Number.NEGATIVE_INFINITY;
  private slowdowns = 0;
  private fasterAt: EpochMs = Number.POSITIVE_INFINITY;
  private closed = false;

  constructor(options: CallBudgetOptions) {
    this.options = options;
    this.queues = { repair: [], priority: [], live: [], sweep: [], backfill: [] };
  }

  /** Calls waiting for their turn. */
  get queued(): number {
    return CALL_PRIORITIES.reduce((sum, priority) => sum + this.queues[priority].length, 0);
  }

  /** Calls left today; unlimited buckets say Infinity. */
  get callsLeft(): number {
    const { daily } = this.options;
    return daily === undefined ? Number.POSITIVE_INFINITY : Math.max(0, daily.cap - daily.count.today);
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
        this.leave(waiting);
        reject(signal?.reason);
        this.pump();
      };
      const waiting: Waiting = {
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
      this.join(waiting);
      this.pump();
    });
  }

  close(): void {
    this.closed = true;
    this.timer?.handle.cancel();
    this.timer = undefined;
    this.refuseWhere(CALL_PRIORITIES, () => dhanErrors.create('RTP_DHAN_CLOSED', 'The broker client was closed.'));
  }

  private lease(order: number): CallLease {
    let held = true;
    return {
      order,
      rateLimited: () => this.pause(),
      release: () => {
        if (!held) return;
        held = false;
        this.inFlight -= 1;
        if (this.isSingleFile) this.nextStart = Math.max(this.nextStart, this.options.clock.now() + this.spacingMs);
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
      const next = this.first();
      if (next === undefined) return;
      const now = this.options.clock.now();
      const readyAt = Math.max(this.nextStart, this.pauseEnd);
      if (now < readyAt) {
        this.wakeAt(readyAt);
        return;
      }
      this.recover(now);
      this.leave(next);
      this.inFlight += 1;
      this.nextStart = now + this.spacingMs;
      this.options.daily?.count.add();
      next.grant();
      this.refuseBeyondCap();
    }
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
    const { clock, logger, name, pauseMs, recoveryMs } = this.options;
    const now = clock.now();
    if (now < this.pauseEnd) return;
    this.recover(now);
    this.pauseEnd = now + pauseMs;
    this.slowdowns = Math.min(this.slowdowns + 1, MAX_SLOWDOWNS);
    this.fasterAt = this.pauseEnd + recoveryMs;
    logger.warn(`rate limit of ${name} exceeded: pausing, then slower`, { pauseMs, spacingMs: this.spacingMs });
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
    const used = daily.count.today;
    const capped: readonly CallPriority[] =
      used >= daily.cap ? CALL_PRIORITIES : used >= Math.floor(daily.cap * daily.backfillShare) ? ['backfill'] : [];
    this.refuseWhere(capped, (priority) =>
      dhanErrors.create(
        'RTP_DHAN_DAY_CAP_REACHED',
        `${used} of ${daily.cap} ${name} were made today; none is left for "${priority}".`,
      ),
    );
  }

  private refuseWhere(priorities: readonly CallPriority[], error: (priority: CallPriority) => Error): void {
    for (const priority of priorities) {
      for (const waiting of this.queues[priority].splice(0)) waiting.refuse(error(priority));
    }
  }

  private first(): Waiting | undefined {
    for (const priority of CALL_PRIORITIES) {
      const head = this.queues[priority][0];
      if (head !== undefined) return head;
    }
    return undefined;
  }

  private join(waiting: Waiting): void {
    const queue = this.queues[waiting.priority];
    let index = queue.length;
    while (index > 0 && (queue[index - 1] as Waiting).order > waiting.order) index -= 1;
    queue.splice(index, 0, waiting);
  }

  private leave(waiting: Waiting): void {
    const queue = this.queues[waiting.priority];
    const index = queue.indexOf(waiting);
    if (index >= 0) queue.splice(index, 1);
  }
}
