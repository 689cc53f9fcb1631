import type { EpochMs } from '../time/ist.ts';
import { type MarketClock, type MarketTimer, sleepOnTimer, type WaitOptions } from './market-clock.ts';
import { monotonicMs, type RealTimer, realTimer } from './real-time.ts';

/** Longest single real wait: a wall clock set forward or a machine woken from sleep is noticed within it. */
const MAX_SLICE_MS = 15_000;

/**
 * The waiting half of the system and the virtual clock: each timer sleeps in real slices and looks again at the
 * market's now, so that a re-anchored or adjusted clock moves every pending wait.
 */
export abstract class AnchoredClock implements MarketClock {
  abstract readonly kind: 'system' | 'virtual';
  abstract readonly speed: number;
  abstract now(): EpochMs;
  private readonly pending = new Set<() => void>();

  sleepUntil(instant: EpochMs, options?: WaitOptions): Promise<void> {
    return sleepOnTimer(this, instant, options);
  }

  sleep(ms: number, options?: WaitOptions): Promise<void> {
    return sleepOnTimer(this, this.now() + ms, options);
  }

  setTimer(instant: EpochMs, run: () => void, options: Omit<WaitOptions, 'signal'> = {}): MarketTimer {
    const notBefore = monotonicMs() + (options.floorMs ?? 0);
    let slice: RealTimer | undefined;
    const arm = (): void => {
      slice?.cancel();
      const marketWait = (instant - this.now()) / this.speed;
      const wait = Math.max(marketWait, notBefore - monotonicMs());
      slice = realTimer(Math.min(Math.max(Math.ceil(wait), 0), MAX_SLICE_MS), look);
    };
    const look = (): void => {
      if (this.now() < instant || monotonicMs() < notBefore) {
        arm();
        return;
      }
      this.pending.delete(arm);
      run();
    };
    this.pending.add(arm);
    arm();
    return {
      cancel: () => {
        slice?.cancel();
        this.pending.delete(arm);
      },
    };
  }

  /** Makes every pending wait look at the clock again. */
  protected rearm(): void {
    for (const arm of [...this.pending]) arm();
  }
}
