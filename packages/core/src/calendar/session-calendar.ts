import type { InstrumentClass } from '../domain/instrument.ts';
import type { EpochMs, TradingDate } from '../time/ist.ts';

/** A stretch of continuous trading, `[openMs, closeMs)`. */
export interface SessionWindow {
  readonly openMs: EpochMs;
  readonly closeMs: EpochMs;
}

/** A day on which the exchange trades. */
export interface TradingDay {
  readonly date: TradingDate;
  readonly kind: 'regular' | 'special' | 'recorded';
  readonly name: string;
  /** Ascending; the widest over all instrument classes. */
  readonly windows: readonly SessionWindow[];
  /** `inferred`: before the calendar's first known date, today's hours assumed. */
  readonly confidence: 'known' | 'inferred';
}

/** Where an instant lies in the exchange's day. */
export type MarketPhase = 'closed_day' | 'before_open' | 'open' | 'between_windows' | 'after_close';

export interface SessionAt {
  readonly date: TradingDate;
  readonly phase: MarketPhase;
  /** The window in progress, when `phase` is `open`. */
  readonly window: SessionWindow | null;
  /** Holiday or weekend name, session name, …: for people. */
  readonly label: string;
}

/** When which instruments trade. All instants are epoch ms; all dates IST. */
export interface SessionCalendar {
  readonly firstKnownDate: TradingDate;
  readonly lastKnownDate: TradingDate;
  /** The trading day, or null when the exchange is closed. Errors: RTP_CALENDAR_TIMES_UNKNOWN, RTP_CALENDAR_OUT_OF_RANGE. */
  tradingDay(date: TradingDate): TradingDay | null;
  /** Why the exchange is closed on `date` (holiday's name, weekend), or null when it trades. */
  closedReason(date: TradingDate): string | null;
  /** Windows of one instrument class; empty on a closed day. */
  windowsOf(instrumentClass: InstrumentClass, date: TradingDate): readonly SessionWindow[];
  /** Starts of every minute owed by an instrument of that class, ascending; empty on a closed day. */
  expectedMinutes(instrument: { readonly class: InstrumentClass }, date: TradingDate): readonly EpochMs[];
  sessionAt(instant: EpochMs): SessionAt;
  /** The first window opening after `instant`, or null beyond the calendar's end. */
  nextOpen(instant: EpochMs): EpochMs | null;
  /** The first window close after `instant`, or null beyond the calendar's end. */
  nextClose(instant: EpochMs): EpochMs | null;
  /** The trading day before / after `date`, or null outside the calendar. */
  previousTradingDay(date: TradingDate): TradingDate | null;
  nextTradingDay(date: TradingDate): TradingDate | null;
  /** Whether the shipped list has `symbol` in the closing auction on `date` (the day's scrip master overrides it). */
  isClosingAuctionShare(symbol: string, date: TradingDate): boolean;
}
