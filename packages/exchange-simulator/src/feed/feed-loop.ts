import { type EpochMs, type MarketClock, type MarketTimer, monotonicMs } from '@rtp/core';
import type { FeedEngine } from './feed-engine.ts';

/** Real time between two turns at least: packets due in between share frames. */
const TURN_SPACING_MS = 5;
/** Real time a turn may take before other work gets its chance. */
const TURN_BUDGET_MS = 8;

/**
 * Keeps the feed at the market's now.
 *
 *   idle ──wake()──▶ waiting for the next window's end ──▶ playing ──caught up──▶ waiting, or idle when nothing is due
 *                                                           └──budget spent──▶ playing again after pending I/O
 */
export class FeedLoop {
  private readonly clock: MarketClock;
  private readonly engine: FeedEngine;
  private readonly flush: () => void;
  private timer: MarketTimer | undefined;
  /** What the timer was set for. */
  private plannedMs: EpochMs = Number.POSITIVE_INFINITY;
  private isPlaying = false;
  private isStopped = false;

  /** @param flush sends what was played; called at the end of every turn */
  constructor(clock: MarketClock, engine: FeedEngine, flush: () => void) {
    this.clock = clock;
    this.engine = engine;
    this.flush = flush;
  }

  /** Somebody subscribed: there may be something due, or due earlier. */
  wake(): void {
    const due = this.engine.nextDue;
    if (this.isPlaying || due === null || (this.timer !== undefined && due >= this.plannedMs)) return;
    this.timer?.cancel();
    this.plan();
  }

  /** Plays up to the market's now, unless that takes longer than a turn may: the rest follows in later turns. */
  private catchUp(): void {
    const startedAt = monotonicMs();
    this.isPlaying = !this.engine.advance(this.clock.now(), () => monotonicMs() - startedAt > TURN_BUDGET_MS);
    this.flush();
    if (this.isStopped) return;
    if (this.isPlaying) setImmediate(() => this.catchUp());
    else this.plan();
  }

  stop(): void {
    this.isStopped = true;
    this.timer?.cancel();
    this.timer = undefined;
  }

  private plan(): void {
    const due = this.engine.nextDue;
    if (due === null || this.isStopped) return;
    this.plannedMs = due;
    const soonest = this.clock.now() + TURN_SPACING_MS * this.clock.speed;
    this.timer = this.clock.setTimer(Math.max(due, soonest), () => {
      this.timer = undefined;
      this.catchUp();
    });
  }
}
