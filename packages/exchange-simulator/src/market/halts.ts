import { type EpochMs, MINUTE_MS } from '@rtp/core';

/** A stretch in which symbols may not trade: minutes that start in `[fromMs, toMs)`. */
export interface Halt {
  /** Null halts the whole market. */
  readonly symbols: ReadonlySet<string> | null;
  readonly fromMs: EpochMs;
  readonly toMs: EpochMs;
}

/**
 * Which minutes do not take place, for whom. Halts are of whole minutes.
 *
 *   planned ──replace()──▶ planned anew. Minutes that have begun keep what they were: what traded stays traded, and what
 *             did not never will have. The new plan holds from the next minute on.
 */
export class Halts {
  private halts: readonly Halt[];

  constructor(planned: readonly Halt[] = []) {
    this.halts = planned;
  }

  /** Whether `symbol` does not trade in the minute that starts at `minute`. */
  isHalted(symbol: string, minute: EpochMs): boolean {
    for (const { symbols, fromMs, toMs } of this.halts) {
      if (fromMs <= minute && minute < toMs && (symbols === null || symbols.has(symbol))) return true;
    }
    return false;
  }

  replace(planned: readonly Halt[], now: EpochMs): void {
    const next = (Math.floor(now / MINUTE_MS) + 1) * MINUTE_MS;
    const begun = this.halts.filter(({ fromMs }) => fromMs < next);
    const coming = planned.filter(({ toMs }) => toMs > next);
    this.halts = [
      ...begun.map((halt) => ({ ...halt, toMs: Math.min(halt.toMs, next) })),
      ...coming.map((halt) => ({ ...halt, fromMs: Math.max(halt.fromMs, next) })),
    ];
  }
}
