import type { DataPaths, Logger, MarketClock, RtpConfig, SessionCalendar } from '@rtp/core';
import type { CatalogueKeeper } from './catalogue/catalogue-keeper.ts';
import type { HotDays } from './days/hot-days.ts';
import type { Engine } from './engine/engine.ts';
import type { SerialQueue } from './engine/serial-queue.ts';
import type { Session } from './engine/session.ts';
import type { SettlementRegister } from './indicators/settlement-register.ts';
import type { StateKeeper } from './indicators/state-keeper.ts';
import type { DayRegister } from './instruments/day-register.ts';
import type { InstrumentRegistry } from './instruments/instrument-registry.ts';
import type { Publisher } from './publish/publisher.ts';
import type { Retirement } from './publish/retirement.ts';
import type { LiveSurface } from './reading/live-surface.ts';
import type { StoreMetrics } from './store-metrics.ts';
import type { EventTail } from './stream/event-tail.ts';

/** What a store is given. */
export interface StoreOptions {
  readonly paths: DataPaths;
  readonly config: RtpConfig['store'];
  /** Threads that computing indicators of many days may use; 1 when not given. */
  readonly indicatorThreads?: number;
  readonly clock: MarketClock;
  readonly calendar: SessionCalendar;
  readonly logger: Logger;
  /** Told once of an error after which only a fresh process can go on. */
  readonly onFatal: (error: unknown) => void;
  /** A repair of a file begins that may take long; returns how to say that it is over. */
  readonly announce?: (what: string) => () => void;
}

/** The parts of an open store, as its operations see them. */
export interface StoreParts extends StoreOptions {
  readonly engine: Engine;
  /** The connection of everything that changes something; used inside `queue` only. */
  readonly writer: Session;
  readonly queue: SerialQueue;
  readonly hot: HotDays;
  readonly instruments: InstrumentRegistry;
  readonly register: DayRegister;
  readonly publisher: Publisher;
  readonly retirement: Retirement;
  readonly catalogue: CatalogueKeeper;
  readonly surface: LiveSurface;
  readonly events: EventTail;
  readonly states: StateKeeper;
  readonly settlements: SettlementRegister;
  readonly metrics: StoreMetrics;
  /** The next number of the one sequence that commits and seals share. */
  nextSeq(): number;
}
