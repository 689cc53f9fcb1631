import { atIst, type EpochMs, type SimulatorFault, type SimulatorFaultOf, type TradingDate } from '@rtp/core';
import { mixSeeds, Random } from '../random.ts';

export type FaultName = SimulatorFault['name'];

/** The scheduled fault of one name. */
export type Scheduled<Name extends FaultName> = ScheduledFault<SimulatorFaultOf<Name>>;

/** One fault of a schedule: when it holds, its dice, and how often it struck. */
export class ScheduledFault<Fault extends SimulatorFault = SimulatorFault> {
  readonly fault: Fault;
  readonly fromMs: EpochMs;
  /** When it began, or will: it may be put in force within its times. */
  readonly beginsMs: EpochMs;
  /** Infinite where it never ends. */
  readonly toMs: EpochMs;
  /** What it draws from, of its own: other faults do not disturb it. */
  readonly random: Random;
  private readonly onStrike: (name: FaultName) => void;
  private readonly symbols: ReadonlySet<string> | null;
  private readonly probability: number;
  private strikes = 0;

  constructor(
    fault: Fault,
    place: { readonly date: TradingDate; readonly seed: number; readonly index: number; readonly nowMs: EpochMs },
    onStrike: (name: FaultName) => void,
  ) {
    this.fault = fault;
    const { fromMs, toMs } = timesOf(fault, place.date);
    this.fromMs = fromMs;
    this.beginsMs = Math.max(fromMs, place.nowMs);
    this.toMs = toMs;
    this.probability = probabilityOf(fault);
    this.random = new Random(mixSeeds(place.seed, place.index + 1));
    this.symbols = 'symbols' in fault && fault.symbols !== undefined ? new Set(fault.symbols) : null;
    this.onStrike = onStrike;
  }

  get name(): FaultName {
    return this.fault.name;
  }

  /** How often it struck. */
  get struck(): number {
    return this.strikes;
  }

  /** Whether it is of some instruments only. */
  get isSelective(): boolean {
    return this.symbols !== null;
  }

  holdsAt(instant: EpochMs): boolean {
    return this.fromMs <= instant && instant < this.toMs;
  }

  /** Whether it is about `symbol`; undefined stands for what is no instrument's, or an unknown one's. */
  concerns(symbol: string | undefined): boolean {
    return this.symbols === null || (symbol !== undefined && this.symbols.has(symbol));
  }

  /** Draws whether this occasion is one of those on which it strikes. */
  draw(): boolean {
    return this.probability >= 1 || this.random.next() < this.probability;
  }

  /** It has done something. */
  strike(): void {
    this.strikes += 1;
    this.onStrike(this.fault.name);
  }
}

function timesOf(fault: SimulatorFault, date: TradingDate): { readonly fromMs: EpochMs; readonly toMs: EpochMs } {
  if ('exDate' in fault) return { fromMs: atIst(fault.exDate, '00:00'), toMs: Number.POSITIVE_INFINITY };
  return { fromMs: atIst(date, fault.from), toMs: atIst(date, fault.to) };
}

const probabilityOf = (fault: SimulatorFault): number => ('probability' in fault ? fault.probability : 1);
