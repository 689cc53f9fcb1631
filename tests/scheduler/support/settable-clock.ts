import { setImmediate as yieldToIo } from 'node:timers/promises';
import { type EpochMs, type MarketClock, type MarketTimer, sleepOnTimer, type WaitOptions } from '@rtp/core';

/** A market clock that stands still until it is set, to any instant: forward like a machine that slept, or back. */
export class SettableClock implements MarketClock {
  readonly kind = 'manual';
  readonly speed = 1;
  private instant: EpochMs;
  private readonly pending = new Map<symbol, { readonly instant: EpochMs; readonly run: () => void }>();

  constructor(instant: EpochMs) {
    this.instant = instant;
  }

  now(): EpochMs {
    return this.instant;
  }

  sleepUntil(instant: EpochMs, options?: WaitOptions): Promise<void> {
    return sleepOnTimer(this, instant, options);
  }

  sleep(ms: number, options?: WaitOptions): Promise<void> {
    return this.sleepUntil(this.instant + ms, options);
  }

  setTimer(instant: EpochMs, run: () => void): MarketTimer {
    const key = Symbol('timer');
    this.pending.set(key, { instant, run });
    return { cancel: () => void this.pending.delete(key) };
  }

  /** Sets the clock, then fires what has become due, at this instant, until nothing is left to do. */
  async set(instant: EpochMs): Promise<void> {
    this.instant = instant;
    for (let isQuiet = false; !isQuiet; ) {
      isQuiet = true;
      for (const [key, timer] of this.pending) {
        if (timer.instant > instant) continue;
        this.pending.delete(key);
        timer.run();
        isQuiet = false;
      }
      for (let turn = 0; turn < 10; turn += 1) await yieldToIo();
    }
  }

  /** Lets time pass through every timer on the way. */
  async passTo(instant: EpochMs): Promise<void> {
    await this.set(this.instant);
    for (;;) {
      const next = Math.min(...[...this.pending.values()].map((timer) => timer.instant));
      if (next > instant) break;
      await this.set(Math.max(next, this.instant));
    }
    await this.set(instant);
  }
}
