/**
 * Takes a spooled window to the store, date by date, the oldest first, and seals each.
 *
 *   the newest date: its first batch ──▶ each older date: listings, batches, seal ──▶ the newest date ──▶ delivered
 *
 * In trading hours the store is given work between two live minutes only. A date that becomes part of the past makes it look
 * at the indicators of all sealed dates after it, but not beyond one that is open: so the newest date stays open until the
 * others are sealed, and the later ones are looked at once.
 */
import { type Absence, type Bar, type Instrument, RtpError, realDelay, type TradingDate } from '@rtp/core';
import type { Adjustment, SealReceipt } from '@rtp/store-client';
import { DayGrid } from '../bars/day-grid.ts';
import { MAX_BATCH_ROWS } from '../charts/chart-desk.ts';
import { haltRuleOf } from '../charts/halts.ts';
import { marketWideAbsences } from '../charts/market-wide.ts';
import { toStoredBasis } from '../charts/stored-basis.ts';
import type { DayDependencies } from '../day/dependencies.ts';
import { hasSilence } from '../day/explain-day.ts';
import { sealAsItIs } from '../day/seal-day.ts';
import { backoffOf } from '../day/sweep-day.ts';
import { unlessAborted } from '../delivery/unless-aborted.ts';
import { untilAnswered } from '../delivery/until-answered.ts';
import { betweenMinutes } from './between-minutes.ts';
import type { CandleSpool, DailyTrace } from './candle-spool.ts';
import { isListedOn, pastDay } from './past-day.ts';
import type { BackfillProgress } from './progress.ts';
import { listingOf, listingOn, type Subject } from './subjects.ts';
import type { WindowPlan } from './window-plan.ts';

export interface DeliverOptions {
  readonly plan: WindowPlan;
  readonly spool: CandleSpool;
  readonly adjustments: readonly Adjustment[];
  readonly progress: BackfillProgress;
  readonly tally: DeliveryTally;
  readonly signal: AbortSignal;
}

/** What came of the deliveries. */
export interface DeliveryTally {
  bars: number;
  revised: number;
  /** Dates that were sealed with unknown minutes. */
  incomplete: number;
  /** Dates of which nothing was stored: nobody asked about was listed, as far as the broker tells. */
  empty: number;
  /** Symbols asked about, by whether any candle has come, of minutes or of days, in any window. */
  readonly heardOf: Map<string, boolean>;
}

/** A subject and its candles of one date. */
interface Owing {
  readonly subject: Subject;
  readonly daily: DailyTrace | null;
}

/** Errors: those of the store that do not pass, the signal's reason. */
export async function deliverWindow(dependencies: DayDependencies, options: DeliverOptions): Promise<void> {
  const { clock } = dependencies;
  const { plan, progress, tally, signal } = options;
  const owing = owingByDate(options);
  const newest = plan.dates.findLast((date) => (owing.get(date) ?? []).length > 0);
  if (plan.dates.length > 1 && newest !== undefined) {
    await new DateDelivery(dependencies, options, newest, owing.get(newest) ?? []).open();
  }
  for (const date of plan.dates) {
    signal.throwIfAborted();
    const begin = clock.now();
    const subjects = owing.get(date) ?? [];
    if (subjects.length > 0) await new DateDelivery(dependencies, options, date, subjects).run();
    else tally.empty += 1;
    progress.dayDelivered(clock.now() - begin);
  }
}

/** Who owes minutes of which date, by what the spool has. */
function owingByDate({ plan, spool, tally }: DeliverOptions): ReadonlyMap<TradingDate, readonly Owing[]> {
  const owing = new Map<TradingDate, Owing[]>(plan.dates.map((date) => [date, []]));
  for (const subject of plan.asked) {
    const summary = spool.summary(plan.window, subject.listing);
    if (summary === null) continue;
    const charted = new Set(summary.dates);
    const { symbol } = subject.listing;
    const isHeardOf = charted.size > 0 || summary.daily?.listedFrom != null;
    tally.heardOf.set(symbol, isHeardOf || tally.heardOf.get(symbol) === true);
    for (const date of plan.dates) {
      if (!isListedOn(date, charted.has(date), summary.daily)) continue;
      owing.get(date)?.push({ subject, daily: summary.daily });
    }
  }
  return owing;
}

/** One date on its way to its seal. */
class DateDelivery {
  private readonly dependencies: DayDependencies;
  private readonly options: DeliverOptions;
  private readonly date: TradingDate;
  private readonly grid: DayGrid;
  private readonly owing: readonly Owing[];
  /** One byte a minute of the grid: 1 where some instrument traded. */
  private readonly traded: Uint8Array;

  constructor(dependencies: DayDependencies, options: DeliverOptions, date: TradingDate, owing: readonly Owing[]) {
    this.dependencies = dependencies;
    this.options = options;
    this.date = date;
    this.grid = new DayGrid(dependencies.calendar, date);
    this.owing = owing;
    this.traded = new Uint8Array(this.grid.minutes);
  }

  /** Makes the date an open one of the store: its first batch. */
  async open(): Promise<void> {
    const instruments = await this.register();
    await this.deliver(this.owing.slice(0, this.batchSize), instruments);
  }

  async run(): Promise<void> {
    const { logger, store } = this.dependencies;
    const { tally } = this.options;
    const { batchSize } = this;
    const receiptBefore = await this.ask(() => store.receipt(this.date));
    const instruments = await this.register();
    for (let from = 0; from < this.owing.length; from += batchSize) {
      this.options.signal.throwIfAborted();
      await this.deliver(this.owing.slice(from, from + batchSize), instruments);
    }
    // A sealed date that has taken rows is open again: only now do new instruments owe its minutes.
    if (receiptBefore !== null) await this.register();
    await this.explainSilence();
    const receipt = await this.seal();
    if (!receipt.complete) tally.incomplete += 1;
    logger.info('date filled', { date: this.date, symbols: this.owing.length, unknown: receipt.unknown });
  }

  /** Instruments of one batch. */
  private get batchSize(): number {
    const { batch_size } = this.dependencies.config.performance;
    return Math.max(1, Math.min(batch_size, Math.floor(MAX_BATCH_ROWS / this.grid.minutes)));
  }

  /** Listings of the date: those it has been stored with, else today's as of then. */
  private async register(): Promise<ReadonlyMap<Subject, Instrument>> {
    const { store } = this.dependencies;
    const coverage = await this.ask(() => store.coverage(this.date));
    const known = coverage.state === 'none' ? [] : await this.ask(() => store.instruments(this.date));
    const tracked = new Set(coverage.state === 'none' ? [] : coverage.instruments.map((entry) => entry.instrumentId));
    const stored = new Map(known.filter((of) => tracked.has(of.instrumentId)).map((of) => [of.instrumentId, of]));
    const listings = this.owing.map(({ subject }) => {
      const before = subject.instrumentId === null ? undefined : stored.get(subject.instrumentId);
      return before === undefined ? listingOn(this.date, subject.listing) : listingOf(before);
    });
    const registered = await this.ask(() => store.registerInstruments(this.date, listings));
    const byId = new Map(
      registered.map((instrument) => [`${instrument.segment}:${instrument.securityId}`, instrument]),
    );
    const instruments = new Map<Subject, Instrument>();
    for (const [index, { subject }] of this.owing.entries()) {
      const listing = listings[index] as (typeof listings)[number];
      const instrument = byId.get(`${listing.segment}:${listing.securityId}`);
      if (instrument === undefined) continue;
      subject.instrumentId = instrument.instrumentId;
      instruments.set(subject, instrument);
    }
    return instruments;
  }

  /** One batch: nothing but its rows is in memory. */
  private async deliver(part: readonly Owing[], instruments: ReadonlyMap<Subject, Instrument>): Promise<void> {
    const { clock, config } = this.dependencies;
    const { plan, spool, adjustments } = this.options;
    const haltRule = haltRuleOf(config.pipeline);
    const days = part.flatMap(({ subject, daily }) => {
      const instrument = instruments.get(subject);
      if (instrument === undefined) return [];
      const candles = spool.candles(plan.window, subject.listing, this.date);
      const changes = adjustments.filter(({ instrumentId }) => instrumentId === instrument.instrumentId);
      return pastDay({
        instrument,
        grid: this.grid,
        candles: toStoredBasis(candles, this.date, changes),
        daily,
        haltRule,
        knownAt: clock.now(),
      });
    });
    const bars = days.flatMap((day) => day.bars);
    const absences = days.flatMap((day) => day.absences);
    for (const { ts } of bars) this.traded[this.grid.indexOf(ts)] = 1;
    await this.send(bars, absences);
  }

  /** Where nobody traded for long, the exchange was closed or halted: that no single chart can tell. */
  private async explainSilence(): Promise<void> {
    const { config, clock, store } = this.dependencies;
    const halt = haltRuleOf(config.pipeline);
    if (!hasSilence(this.grid, this.traded, halt.minutes)) return;
    const stored = await this.ask(() => store.dayState(this.date));
    const coverage = await this.ask(() => store.coverage(this.date));
    const tracked = new Set(coverage.instruments.map(({ instrumentId }) => instrumentId));
    const listed = await this.ask(() => store.instruments(this.date));
    const instruments = listed.filter(({ instrumentId }) => tracked.has(instrumentId));
    const knownAt = clock.now();
    await this.send([], marketWideAbsences({ grid: this.grid, instruments, stored, halt, knownAt }));
  }

  private async send(bars: readonly Bar[], absences: readonly Absence[]): Promise<void> {
    const { desk, gauges, config } = this.dependencies;
    const { tally, signal } = this.options;
    if (bars.length + absences.length === 0) return;
    await betweenMinutes(this.dependencies, signal);
    for (;;) {
      try {
        const ack = await desk.send(this.date, bars, absences);
        tally.bars += ack.inserted;
        tally.revised += ack.revised;
        gauges.barsWritten += ack.inserted + ack.revised;
        return;
      } catch (error) {
        if (!(error instanceof RtpError) || error.code !== 'RTP_DELIVERY_FULL') throw error;
        await realDelay(config.pipeline.store_retry_max_ms, signal);
      }
    }
  }

  /** What the broker lacks is recorded: every chart has answered. */
  private async seal(): Promise<SealReceipt> {
    const { store, logger } = this.dependencies;
    const { signal } = this.options;
    const options = { store, logger, date: this.date, backoff: backoffOf(this.dependencies), signal };
    await betweenMinutes(this.dependencies, signal);
    // It may take longer than a stop: the next process finds what came of it.
    return unlessAborted(sealAsItIs(options), signal);
  }

  private ask<T>(question: () => Promise<T>): Promise<T> {
    const { logger } = this.dependencies;
    const { signal } = this.options;
    return untilAnswered(question, { backoff: backoffOf(this.dependencies), logger, signal });
  }
}
