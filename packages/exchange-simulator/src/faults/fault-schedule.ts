import {
  atIst,
  type EpochMs,
  type MarketClock,
  type MarketTimer,
  type SimulatorFault,
  type TradingDate,
} from '@rtp/core';

export type FaultName = SimulatorFault['name'];

interface FaultWindow {
  readonly name: FaultName;
  readonly fromMs: EpochMs;
  readonly toMs: EpochMs;
}

/**
 * When the simulated exchange misbehaves, and how. A fault holds from its `from` until just before its `to`. Those
 * who serve ask `isActive`; what must happen at the moment a fault begins is registered with `onStart`.
 */
export class FaultSchedule {
  private readonly clock: MarketClock;
  private readonly windows: readonly FaultWindow[];
  private readonly timers: MarketTimer[] = [];

  constructor(clock: MarketClock, date: TradingDate, faults: readonly SimulatorFault[]) {
    this.clock = clock;
    this.windows = faults.map(({ name, from, to }) => ({ name, fromMs: atIst(date, from), toMs: atIst(date, to) }));
  }

  /** Whether the fault holds at `instant`, now by default. */
  isActive(name: FaultName, instant: EpochMs = this.clock.now()): boolean {
    for (const window of this.windows) {
      if (window.name === name && window.fromMs <= instant && instant < window.toMs) return true;
    }
    return false;
  }

  /** Calls `run` whenever the fault begins. */
  onStart(name: FaultName, run: () => void): void {
    for (const window of this.windows) {
      if (window.name === name && window.fromMs > this.clock.now()) {
        this.timers.push(this.clock.setTimer(window.fromMs, run));
      }
    }
  }

  stop(): void {
    for (const timer of this.timers) timer.cancel();
  }
}
