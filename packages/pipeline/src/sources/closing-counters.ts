/**
 * The broker's day counters after the last minute of each class, from batch quotes: the far end of the proof that a minute
 * which nobody watched had no trades, where the feed has not come back before the close.
 *
 *   owed ──asked for, some time after its class has closed──▶ known
 *     ▲──────no answer, or not of all of them──────┘ asked for again with every round of the sweep
 *
 * A quote whose last trade is of a later time holds volume that belongs to no minute (the closing auction, the post-close
 * session; wire §4.5) and is not taken: shares in the auction are therefore asked for before it, other classes when they close.
 */
import {
  describeError,
  type EpochMs,
  type Instrument,
  type InstrumentClass,
  type Logger,
  type MarketClock,
  type RtpConfig,
} from '@rtp/core';
import type { DhanClient } from '@rtp/dhan';
import type { DayGrid } from '../bars/day-grid.ts';
import { idsOf, keyOf } from './quote-round.ts';

export interface ClosingCountersOptions {
  readonly clock: MarketClock;
  readonly client: Pick<DhanClient, 'quotes'>;
  readonly logger: Logger;
  readonly config: RtpConfig['pipeline'];
  /** Instruments of one call at most. */
  readonly callSize: number;
  readonly grid: DayGrid;
  /** In slot order. */
  readonly instruments: readonly Instrument[];
}

export class ClosingCounters {
  private readonly options: ClosingCountersOptions;
  private readonly known = new Map<number, number>();
  private readonly slots: ReadonlyMap<string, number>;
  private readonly closes: ReadonlyMap<InstrumentClass, EpochMs>;

  constructor(options: ClosingCountersOptions) {
    const { instruments, grid } = options;
    this.options = options;
    this.slots = new Map(instruments.map((instrument, slot) => [keyOf(instrument), slot]));
    this.closes = new Map(
      [...new Set(instruments.map((instrument) => instrument.class))].map((instrumentClass) => {
        const last = grid.expectedIndexes(instrumentClass).at(-1) ?? -1;
        return [instrumentClass, grid.minuteAt(last + 1)];
      }),
    );
  }

  /** The counter of a slot after its last minute, shares; null while it is not known. */
  of(slot: number): number | null {
    return this.known.get(slot) ?? null;
  }

  /** Asks for each class once it has closed. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, config } = this.options;
    for (const close of [...new Set(this.closes.values())].sort((a, b) => a - b)) {
      const at = close + config.closing_quote_delay_ms;
      // A start after that time finds counters that hold more than the minutes.
      if (clock.now() > at) continue;
      await clock.sleepUntil(at, { signal }).catch(() => {});
      await this.ask(signal);
    }
  }

  /** Asks for what is owed of classes that have closed. A failure is logged: the sweep asks again. */
  async ask(signal: AbortSignal): Promise<void> {
    const { client, instruments, callSize, logger } = this.options;
    const owed = this.owed();
    for (let first = 0; first < owed.length && !signal.aborted; first += callSize) {
      try {
        const rows = await client.quotes('quote', idsOf(owed.slice(first, first + callSize), instruments), signal);
        for (const row of rows) this.take(this.slots.get(keyOf(row)), row.lastTradeTime, row.volume);
      } catch (error) {
        if (!signal.aborted) logger.warn('no closing quotes', { error: describeError(error) });
        return;
      }
    }
  }

  private owed(): number[] {
    const { clock, instruments } = this.options;
    const now = clock.now();
    return [...instruments.entries()]
      .filter(
        ([slot, instrument]) => instrument.class !== 'index' && !this.known.has(slot) && now >= this.closeOf(slot),
      )
      .map(([slot]) => slot);
  }

  private take(slot: number | undefined, lastTradeTime: EpochMs | null, volume: number): void {
    if (slot === undefined || lastTradeTime === null || lastTradeTime >= this.closeOf(slot)) return;
    this.known.set(slot, volume);
  }

  private closeOf(slot: number): EpochMs {
    return this.closes.get((this.options.instruments[slot] as Instrument).class) as EpochMs;
  }
}
