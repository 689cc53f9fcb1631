import {
  DAY_MS,
  describeError,
  type EpochMs,
  type Instrument,
  type InstrumentListing,
  type MarketTimer,
  type RealTimer,
  RtpError,
  realInterval,
  type StoreReport,
  type TradingDate,
} from '@rtp/core';
import type {
  Ack,
  DayCoverage,
  DecodedBatch,
  IndicatorUpdate,
  IndicatorUpdateRequest,
  SealReceipt,
} from '@rtp/store-client';
import { appendBatch } from './commit/append-batch.ts';
import { coverageOf } from './coverage.ts';
import { dropOldDays } from './days/drop-old-days.ts';
import { REFERENCE } from './days/names.ts';
import { trackDay } from './days/open-day.ts';
import { storeErrors } from './errors.ts';
import { indicatorStart } from './indicators/indicator-start.ts';
import { Settlement } from './indicators/settlement.ts';
import { IndicatorUpdates, type UpdateOptions } from './indicators/update-indicators.ts';
import { InstrumentRegistry } from './instruments/instrument-registry.ts';
import { openParts, startPublication } from './open-parts.ts';
import { encodeMinutes, readDayState } from './reading/day-state.ts';
import type { LiveSurface } from './reading/live-surface.ts';
import { publishReferenceLazily } from './reading/refresh.ts';
import { OfficialData } from './reference/official-data.ts';
import { sealDay } from './seal/seal-day.ts';
import type { StoreOptions, StoreParts } from './store-parts.ts';
import type { EventTail } from './stream/event-tail.ts';

/** Real time between two returns of freed memory to the system. */
const MEMORY_INTERVAL_MS = 30_000;
/** Least real time between two looks for hot files to drop. */
const DROP_FLOOR_MS = 1_000;

/**
 * The store: one writer, many readers.
 *
 *   opening ──files attached, published, catalogue built──▶ serving ──close()──▶ draining ──▶ closed
 *
 * Everything that changes something runs in one queue, in order. Reading never waits for it.
 */
export class Store {
  private readonly parts: StoreParts;
  private readonly stopping: AbortController;
  private dropTimer: MarketTimer | undefined;
  private memoryTimer: RealTimer | undefined;
  private closing = false;
  private readonly settlement: Settlement;
  private readonly updates: IndicatorUpdates;
  /** The exchange's daily bars and adjustments. */
  readonly official: OfficialData;

  private constructor(parts: StoreParts, stopping: AbortController) {
    this.parts = parts;
    this.stopping = stopping;
    this.settlement = new Settlement(parts);
    this.updates = new IndicatorUpdates(parts, this.settlement);
    this.official = new OfficialData(parts, (work) => this.change(work));
  }

  /** Opens a data directory: attaches or repairs its open days, publishes what a crash kept back. */
  static async open(options: StoreOptions): Promise<Store> {
    const stopping = new AbortController();
    const parts = await openParts(options, stopping.signal);
    const store = new Store(parts, stopping);
    try {
      await startPublication(parts);
      await store.dropOldDays();
    } catch (error) {
      await store.close({ checkpoint: false });
      throw error;
    }
    store.settlement.followUp();
    store.memoryTimer = realInterval(MEMORY_INTERVAL_MS, () => void store.giveBackMemory(), { keepAlive: false });
    return store;
  }

  /** Views over everything stored, to the last commit. */
  get surface(): LiveSurface {
    return this.parts.surface;
  }

  /** What happened to bars and days, commit by commit. */
  get events(): EventTail {
    return this.parts.events;
  }

  /** Errors: RTP_BATCH_INVALID, RTP_STORE_DISK_FULL, RTP_STORE_STOPPING, the calendar's. */
  append(batch: DecodedBatch): Promise<Ack> {
    return this.change(() => appendBatch(this.parts, batch));
  }

  /** Numbers the instruments of a day's master and makes them owe its minutes. */
  registerInstruments(date: TradingDate, listings: readonly InstrumentListing[]): Promise<readonly Instrument[]> {
    return this.change(async () => {
      const { instruments, writer } = this.parts;
      const plan = instruments.plan(date, listings);
      if (plan.changes.length > 0) {
        await writer.transaction(() => writer.exec(InstrumentRegistry.planSql(plan)));
        instruments.apply(plan);
        await writer.exec(`CHECKPOINT ${REFERENCE}`);
        await publishReferenceLazily(this.parts, ['instruments']);
      }
      const rows = plan.ids.map((instrumentId) => instruments.of(instrumentId, date) as Instrument);
      if (this.parts.register.state(date) !== 'sealed') await trackDay(this.parts, date, rows);
      return rows;
    });
  }

  /** Instruments that owe the minutes of a known day, else those listed on it. */
  instruments(date: TradingDate): readonly Instrument[] {
    const { instruments, register } = this.parts;
    const tracked = register.trackedIds(date);
    if (tracked.length === 0) return instruments.validOn(date);
    return tracked.flatMap((instrumentId) => instruments.of(instrumentId, date) ?? []);
  }

  /** Every minute of a date as one Arrow stream. */
  dayState(date: TradingDate): Promise<Uint8Array> {
    const { hot, register } = this.parts;
    const open = register.state(date) === 'open' ? hot.get(date) : undefined;
    if (open !== undefined) return encodeMinutes(open.minutes);
    return this.surface.ask((run) => readDayState(run, date));
  }

  /** What the indicators of a date go on from, at one commit, as the wire has it. */
  indicatorStart(date: TradingDate): Promise<Uint8Array> {
    return indicatorStart(this.parts, date, () => this.instruments(date));
  }

  coverage(date: TradingDate): Promise<DayCoverage> {
    return coverageOf(this.parts, date, this.parts.clock.now());
  }

  /** Errors: RTP_STORE_NOT_COMPLETE, RTP_STORE_SEAL_UNVERIFIED, RTP_STORE_STOPPING. */
  async seal(date: TradingDate, force: boolean): Promise<SealReceipt> {
    await this.prepareStates(date);
    return this.change(async () => {
      const { engine, metrics } = this.parts;
      try {
        const receipt = await sealDay(this.parts, date, (of) => this.coverage(of), force);
        metrics.setTrouble('seal', null);
        this.settlement.followUp();
        return receipt;
      } catch (error) {
        const isEarly = error instanceof RtpError && error.code === 'RTP_STORE_NOT_COMPLETE';
        if (!isEarly) metrics.setTrouble('seal', `${date} cannot be sealed`);
        throw error;
      } finally {
        await engine.giveBackMemory();
      }
    });
  }

  receipt(date: TradingDate): SealReceipt | null {
    return this.parts.register.receipt(date);
  }

  dates(): readonly { readonly date: TradingDate; readonly state: 'open' | 'sealed' }[] {
    return this.parts.register.dates();
  }

  /** The newest day that has any data, or undefined. */
  newestDate(): TradingDate | undefined {
    const { register, hot } = this.parts;
    const days = register.dates();
    return days.findLast(({ date, state }) => state === 'sealed' || (hot.get(date)?.lastSeq ?? 0) > 0)?.date;
  }

  /** The market's time, which decides what is over. */
  marketNow(): EpochMs {
    return this.parts.clock.now();
  }

  /** Resolves when everything committed so far is published. */
  async published(): Promise<void> {
    await this.parts.queue.idle();
    await this.parts.publisher.idle();
    await this.official.publish();
  }

  /** Errors: RTP_STORE_UPDATE_RUNNING, RTP_SYMBOL_UNKNOWN, RTP_DATE_INVALID, RTP_STORE_STOPPING, the signal's reason. */
  updateIndicators(request: IndicatorUpdateRequest, options: UpdateOptions): Promise<IndicatorUpdate> {
    return this.updates.run(request, options);
  }

  /** Resolves when the indicators of sealed dates have followed every change so far. */
  settled(): Promise<void> {
    return this.settlement.idle();
  }

  countError(): void {
    this.parts.metrics.errors += 1;
  }

  report(dataApiUrl: string): StoreReport {
    return this.parts.metrics.report(this.parts.hot.dates(), dataApiUrl);
  }

  /** Finishes what is in hand. Without `checkpoint` the WALs stay and the next start replays them. */
  async close({ checkpoint }: { readonly checkpoint: boolean }): Promise<void> {
    this.closing = true;
    this.dropTimer?.cancel();
    this.memoryTimer?.cancel();
    const { queue, publisher, retirement, catalogue, engine, writer, hot } = this.parts;
    await this.settlement.stop();
    // What cannot be published is found by the next start.
    if (checkpoint) await this.official.publish().catch(() => {});
    this.official.cancel();
    await queue.idle();
    if (!checkpoint) this.stopping.abort();
    await publisher.finish();
    this.stopping.abort();
    retirement.cancel();
    await catalogue.stop();
    if (checkpoint) {
      for (const date of hot.dates()) await hot.close(date);
      await writer.exec(`CHECKPOINT ${REFERENCE}`);
    } else {
      await writer.exec('PRAGMA disable_checkpoint_on_shutdown').catch(() => {});
    }
    engine.close();
  }

  private change<T>(work: () => Promise<T>): Promise<T> {
    if (this.closing) return Promise.reject(storeErrors.create('RTP_STORE_STOPPING', 'The store is stopping.'));
    return this.parts.queue.run(work);
  }

  /** A roll over many dates must not hold up the queue; a seal that finds none ready makes it itself. */
  private async prepareStates(date: TradingDate): Promise<void> {
    if (this.closing || this.parts.register.state(date) !== 'open') return;
    await this.parts.states.prepare(date).catch((error: unknown) => {
      this.parts.logger.warn('indicator state could not be prepared', { date, error: describeError(error) });
    });
  }

  private async giveBackMemory(): Promise<void> {
    const { engine, logger } = this.parts;
    await this.change(() => engine.giveBackMemory()).catch((error: unknown) => {
      logger.warn('memory could not be given back', { error: describeError(error) });
    });
  }

  private async dropOldDays(): Promise<void> {
    const { clock, logger } = this.parts;
    await this.change(() => dropOldDays(this.parts)).catch((error: unknown) => {
      logger.error('old days could not be dropped', { error: String(error) });
    });
    if (this.closing) return;
    this.dropTimer = clock.setTimer(clock.now() + DAY_MS, () => void this.dropOldDays(), { floorMs: DROP_FLOOR_MS });
  }
}
