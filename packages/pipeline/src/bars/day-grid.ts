import {
  type EpochMs,
  INSTRUMENT_CLASSES,
  type InstrumentClass,
  MINUTE_MS,
  type SessionCalendar,
  type SessionWindow,
  type TradingDate,
} from '@rtp/core';

/**
 * The minutes of one trading date as dense indexes: 0 is the first minute of the first window, gaps between windows
 * included. Knows which of them each instrument class owes.
 */
export class DayGrid {
  readonly date: TradingDate;
  readonly windows: readonly SessionWindow[];
  readonly openMs: EpochMs;
  readonly closeMs: EpochMs;
  /** Indexes run from 0 to `minutes - 1`. */
  readonly minutes: number;
  private readonly owed: Readonly<Record<InstrumentClass, Uint8Array>>;
  private readonly indexes: Readonly<Record<InstrumentClass, readonly number[]>>;

  /** `date` must be a trading day. Errors: RTP_CALENDAR_TIMES_UNKNOWN, RTP_CALENDAR_OUT_OF_RANGE. */
  constructor(calendar: SessionCalendar, date: TradingDate) {
    const day = calendar.tradingDay(date);
    const first = day?.windows[0];
    const last = day?.windows.at(-1);
    if (day === null || first === undefined || last === undefined) throw new Error(`${date} is not a trading day`);
    this.date = date;
    this.windows = day.windows;
    this.openMs = first.openMs;
    this.closeMs = last.closeMs;
    this.minutes = Math.ceil((last.closeMs - first.openMs) / MINUTE_MS);
    const owed = {} as Record<InstrumentClass, Uint8Array>;
    const indexes = {} as Record<InstrumentClass, readonly number[]>;
    for (const instrumentClass of INSTRUMENT_CLASSES) {
      const list = calendar
        .expectedMinutes({ class: instrumentClass }, date)
        .map((ts) => Math.floor((ts - this.openMs) / MINUTE_MS));
      owed[instrumentClass] = new Uint8Array(this.minutes);
      for (const index of list) owed[instrumentClass][index] = 1;
      indexes[instrumentClass] = list;
    }
    this.owed = owed;
    this.indexes = indexes;
  }

  /** Index of the minute that contains `instant`; below 0 or at least `minutes` outside the day. */
  indexOf(instant: EpochMs): number {
    return Math.floor((instant - this.openMs) / MINUTE_MS);
  }

  /** Start of a minute. */
  minuteAt(index: number): EpochMs {
    return this.openMs + index * MINUTE_MS;
  }

  isExpected(instrumentClass: InstrumentClass, index: number): boolean {
    return this.owed[instrumentClass][index] === 1;
  }

  /** One byte a minute: 1 where the class owes it. */
  expectedMask(instrumentClass: InstrumentClass): Uint8Array {
    return this.owed[instrumentClass];
  }

  /** Indexes owed by the class, ascending. */
  expectedIndexes(instrumentClass: InstrumentClass): readonly number[] {
    return this.indexes[instrumentClass];
  }

  /** Whether the class trades at `instant`. */
  isTrading(instrumentClass: InstrumentClass, instant: EpochMs): boolean {
    return this.isExpected(instrumentClass, this.indexOf(instant));
  }
}
