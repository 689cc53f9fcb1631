import type { EpochMs, FaultPlan, Logger, MarketClock, MarketTimer, SimulatorFault, TradingDate } from '@rtp/core';
import { type FaultName, type Scheduled, ScheduledFault } from './scheduled-fault.ts';

/** A fault as it is scheduled, and where it stands. */
export type FaultStatus = SimulatorFault & { readonly active: boolean; readonly struck: number };

/** `GET /__simulator/faults`. */
export interface FaultReport {
  readonly seed: number;
  /** Market instant, epoch milliseconds. */
  readonly marketTime: EpochMs;
  readonly faults: readonly FaultStatus[];
  /** How often each name struck since the exchange opened, whatever was scheduled. */
  readonly struck: Readonly<Record<string, number>>;
}

type Listener = (fault: ScheduledFault) => void;

/**
 * When the simulated exchange misbehaves, and how.
 *
 *   created ──start()──▶ in force ──replace()──▶ in force: what held ends, timers are cancelled, what holds now begins
 *                           └──stop()──▶ stopped
 *   a fault:  waiting ──from, or put in force within its times──▶ holding ──to, or replaced──▶ over
 *
 * Those who serve ask what holds on each occasion (`draw`, `strike`). What must happen as a fault begins or ends is
 * registered with `onBegin` and `onEnd`, once for all schedules.
 *
 * Every fault draws from a stream of its own, seeded by the plan's seed and its place in the list. The seed fixes the
 * draws of each fault in their order, so that the same calls and packets in the same order have the same fate. It does not
 * fix that order: which of two calls on the way arrives first, or how many packets a socket is sent before it is cut.
 */
export class FaultSchedule {
  private readonly clock: MarketClock;
  private readonly date: TradingDate;
  private readonly logger: Logger;
  private readonly beginnings = new Map<FaultName, Listener[]>();
  private readonly ends = new Map<FaultName, Listener[]>();
  private readonly replacements: ((faults: readonly SimulatorFault[]) => void)[] = [];
  private readonly totals = new Map<FaultName, number>();
  private readonly begun = new Set<ScheduledFault>();
  private timers: MarketTimer[] = [];
  private seed = 0;
  private scheduled: readonly ScheduledFault[] = [];

  constructor(clock: MarketClock, date: TradingDate, plan: FaultPlan, logger: Logger) {
    this.clock = clock;
    this.date = date;
    this.logger = logger;
    this.take(plan);
  }

  /** Puts the schedule in force: everybody has registered. */
  start(): void {
    const now = this.clock.now();
    for (const fault of this.scheduled) {
      if (fault.toMs <= now) continue;
      if (Number.isFinite(fault.toMs)) this.timers.push(this.clock.setTimer(fault.toMs, () => this.end(fault)));
      if (fault.fromMs > now) this.timers.push(this.clock.setTimer(fault.fromMs, () => this.begin(fault)));
      else this.begin(fault);
    }
  }

  /** Another schedule from now on. */
  replace(plan: FaultPlan): void {
    this.stop();
    this.take(plan);
    this.logger.info('faults replaced', { faults: plan.faults.map(({ name }) => name) });
    for (const run of this.replacements) run(plan.faults);
    this.start();
  }

  /** Ends what holds. */
  stop(): void {
    for (const timer of this.timers) timer.cancel();
    this.timers = [];
    for (const fault of [...this.begun]) this.end(fault);
  }

  /** Calls `run` as a fault of that name begins: at its `from`, or when it is put in force within its times. */
  onBegin<Name extends FaultName>(name: Name, run: (fault: Scheduled<Name>) => void): void {
    this.beginnings.set(name, [...(this.beginnings.get(name) ?? []), run as unknown as Listener]);
  }

  /** Calls `run` as one ends that had begun. */
  onEnd<Name extends FaultName>(name: Name, run: (fault: Scheduled<Name>) => void): void {
    this.ends.set(name, [...(this.ends.get(name) ?? []), run as unknown as Listener]);
  }

  /** Calls `run` whenever another schedule comes into force, before its faults begin. */
  onReplaced(run: (faults: readonly SimulatorFault[]) => void): void {
    this.replacements.push(run);
  }

  /** All of some names, whenever they hold, in the order of the schedule. */
  all<Name extends FaultName>(...names: readonly Name[]): readonly Scheduled<Name>[] {
    return this.scheduled.filter(({ name }) => names.includes(name as Name)) as unknown as Scheduled<Name>[];
  }

  /** Whether one of that name holds at `instant`, now by default. */
  isActive(name: FaultName, instant: EpochMs = this.clock.now()): boolean {
    return this.scheduled.some((fault) => fault.name === name && fault.holdsAt(instant));
  }

  /** The fault of that name that strikes on this occasion, not counted: for those who find out later if it mattered. */
  draw<Name extends FaultName>(name: Name, symbol?: string): Scheduled<Name> | undefined {
    return this.drawWhere(name, (fault) => fault.concerns(symbol));
  }

  /** The same, of those that are about this occasion. */
  drawWhere<Name extends FaultName>(
    name: Name,
    isAbout: (fault: Scheduled<Name>) => boolean,
  ): Scheduled<Name> | undefined {
    const now = this.clock.now();
    return this.all(name).find((fault) => fault.holdsAt(now) && isAbout(fault) && fault.draw());
  }

  /** The fault of that name that strikes on this occasion, counted. */
  strike<Name extends FaultName>(name: Name, symbol?: string): Scheduled<Name> | undefined {
    const fault = this.draw(name, symbol);
    fault?.strike();
    return fault;
  }

  /** How often each name struck since the exchange opened. */
  get struck(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.totals);
  }

  report(): FaultReport {
    const now = this.clock.now();
    return {
      seed: this.seed,
      marketTime: now,
      faults: this.scheduled.map((one) => ({ ...one.fault, active: one.holdsAt(now), struck: one.struck })),
      struck: this.struck,
    };
  }

  private take({ seed, faults }: FaultPlan): void {
    this.seed = seed;
    const count = (name: FaultName): void => void this.totals.set(name, (this.totals.get(name) ?? 0) + 1);
    const nowMs = this.clock.now();
    this.scheduled = faults.map(
      (fault, index) => new ScheduledFault(fault, { date: this.date, seed, index, nowMs }, count),
    );
  }

  private begin(fault: ScheduledFault): void {
    this.begun.add(fault);
    this.logger.info('fault begins', { fault: fault.name });
    for (const run of this.beginnings.get(fault.name) ?? []) run(fault);
  }

  private end(fault: ScheduledFault): void {
    if (!this.begun.delete(fault)) return;
    this.logger.info('fault ends', { fault: fault.name, struck: fault.struck });
    for (const run of this.ends.get(fault.name) ?? []) run(fault);
  }
}
