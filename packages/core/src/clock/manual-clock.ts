import { setImmediate as yieldToIo } from 'node:timers/promises';
import type { EpochMs } from '../time/ist.ts';
import { type MarketClock, type MarketTimer, sleepOnTimer, type WaitOptions } from './market-clock.ts';

interface Pending {
  readonly instant: EpochMs;
  readonly order: number;
  readonly run: () => void;
}

/** A hand-cranked market clock for unit tests: time moves only in `advanceTo`. Real-time floors are ignored. */
export class ManualClock implements MarketClock {
  readonly kind = 'manual';
  readonly speed = 1;
  private instant: EpochMs;
  private order = 0;
  private readonly pending = new Set<Pending>();

  constructor(start: EpochMs) {
    this.instant = start;
  }

  now(): EpochMs {
    return this.instant;
  }

  sleepUntil(instant: EpochMs, options?: WaitOptions): Promise<void> {
    return sleepOnTimer(this, instant, options);
  }

  sleep(ms: number, options?: WaitOptions): Promise<void> {
    return sleepOnTimer(this, this.instant + ms, options);
  }

  setTimer(instant: EpochMs, run: () => void): MarketTimer {
    const entry: Pending = { instant, order: this.order++, run };
    this.pending.add(entry);
    return { cancel: () => void this.pending.delete(entry) };
  }

  /** Timers that have not fired. */
  get pendingCount(): number {
    return this.pending.size;
  }

  /** Moves to `instant`, firing due timers in order and letting the work each one starts settle. */
  async advanceTo(instant: EpochMs): Promise<void> {
    await settle();
    for (;;) {
      const due = this.earliest();
      if (due === undefined || due.instant > instant) break;
      this.pending.delete(due);
      this.instant = Math.max(this.instant, due.instant);
      due.run();
      await settle();
    }
    this.instant = Math.max(this.instant, instant);
  }

  advance(ms: number): Promise<void> {
    return this.advanceTo(this.instant + ms);
  }

  private earliest(): Pending | undefined {
    let best: Pending | undefined;
    for (const entry of this.pending) {
      if (
        best === undefined ||
        entry.instant < best.instant ||
        (entry.instant === best.instant && entry.order < best.order)
      ) {
        best = entry;
      }
    }
    return best;
  }
}

async function settle(): Promise<void> {
  for (let turn = 0; turn < 4; turn += 1) await yieldToIo();
}
