import { INSTRUMENT_CLASSES, type InstrumentClass } from '../domain/instrument.ts';
import { coreErrors } from '../errors/core-errors.ts';
import { addDays, type EpochMs, parseTradingDate, type TradingDate, tradingDateOf, weekdayOf } from '../time/ist.ts';
import {
  type CalendarFile,
  type CalendarOverlay,
  type ClassRecord,
  type FileWindows,
  perClass,
} from './calendar-file.ts';
import type { MarketPhase, SessionAt, SessionCalendar, SessionWindow, TradingDay } from './session-calendar.ts';
import { type MarketHours, mergedWindows, minutesOf, windowsOn } from './windows.ts';

/** What the calendar says about one date, worked out once. */
type ResolvedDay =
  | { readonly kind: 'closed'; readonly reason: string }
  | { readonly kind: 'times_unknown'; readonly name: string }
  | { readonly kind: 'out_of_range'; readonly reason: string }
  | { readonly kind: 'trading'; readonly day: TradingDay; readonly windows: ClassRecord<readonly SessionWindow[]> };

const WEEKDAY_NAMES = ['', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'];
/** Dates kept worked out; a five-year backfill passes more, one at a time. */
const MAX_CACHED_DAYS = 512;
const REGULAR = 'regular session';

/**
 * The calendar of NSE's cash market.
 *
 * A date's session is, first match wins: the overlay of a recorded day; a special session; a holiday or a day off
 * (closed); the regime of the date. A special or recorded day that has exactly the hours a share has on a regular
 * day is a full day, on which every class keeps its own hours (a closing-auction share ends at 15:15 from
 * 2026-08-03 on). Any other special hours hold for every class as given: the exchange holds no closing auction in a
 * short session.
 *
 * A day whose times were never announced is an error to `tradingDay`, `windowsOf` and `expectedMinutes`; `sessionAt`
 * calls it closed and says why, and the searches (`nextOpen`, `nextTradingDay`, …) pass over it. Dates outside the
 * calendar are treated alike.
 */
export class NseCalendar implements SessionCalendar {
  readonly firstKnownDate: TradingDate;
  readonly lastKnownDate: TradingDate;
  private readonly file: CalendarFile;
  private readonly overlay: CalendarOverlay | undefined;
  private readonly hours: MarketHours | undefined;
  private readonly holidays: ReadonlyMap<TradingDate, string>;
  private readonly specials: ReadonlyMap<TradingDate, CalendarFile['special_sessions'][number]>;
  private readonly auctions: readonly { readonly from: string; readonly to: string; readonly symbols: Set<string> }[];
  private readonly overlayAuction: ReadonlySet<string> | undefined;
  /** First and last date at which a search can find anything. */
  private readonly searchFrom: TradingDate;
  private readonly searchTo: TradingDate;
  private readonly days = new Map<TradingDate, ResolvedDay>();
  private readonly minutes = new WeakMap<readonly SessionWindow[], readonly EpochMs[]>();

  constructor(file: CalendarFile, overlay?: CalendarOverlay, hours?: MarketHours) {
    this.file = file;
    this.overlay = overlay;
    this.hours = hours;
    this.firstKnownDate = file.first_known_date;
    this.lastKnownDate = file.last_known_date;
    this.holidays = new Map(file.holidays.map((holiday) => [holiday.date, holiday.name]));
    this.specials = new Map(file.special_sessions.map((special) => [special.date, special]));
    this.auctions = file.closing_auction.map((list) => ({
      from: list.from,
      to: list.to ?? '9999-12-31',
      symbols: new Set(list.symbols),
    }));
    const named = overlay?.closing_auction_symbols;
    this.overlayAuction = named === undefined ? undefined : new Set(named);
    const dates = [file.inferred_from, file.last_known_date, ...this.specials.keys()];
    if (overlay !== undefined) dates.push(overlay.date);
    dates.sort();
    this.searchFrom = dates[0] as TradingDate;
    this.searchTo = dates.at(-1) as TradingDate;
  }

  tradingDay(date: TradingDate): TradingDay | null {
    const resolved = this.known(date);
    return resolved.kind === 'trading' ? resolved.day : null;
  }

  closedReason(date: TradingDate): string | null {
    const resolved = this.resolve(date);
    if (resolved.kind === 'times_unknown') return null;
    const known = this.known(date);
    return known.kind === 'closed' ? known.reason : null;
  }

  windowsOf(instrumentClass: InstrumentClass, date: TradingDate): readonly SessionWindow[] {
    const resolved = this.known(date);
    return resolved.kind === 'trading' ? resolved.windows[instrumentClass] : [];
  }

  expectedMinutes(instrument: { readonly class: InstrumentClass }, date: TradingDate): readonly EpochMs[] {
    const windows = this.windowsOf(instrument.class, date);
    let minutes = this.minutes.get(windows);
    if (minutes === undefined) {
      minutes = windows.flatMap(minutesOf);
      this.minutes.set(windows, minutes);
    }
    return minutes;
  }

  sessionAt(instant: EpochMs): SessionAt {
    const date = tradingDateOf(instant);
    const resolved = this.resolve(date);
    if (resolved.kind !== 'trading') return { date, phase: 'closed_day', window: null, label: labelOf(resolved) };
    const { windows, name } = resolved.day;
    const at = (phase: MarketPhase, window: SessionWindow | null): SessionAt => ({ date, phase, window, label: name });
    const upcoming = windows.findIndex((window) => instant < window.closeMs);
    const window = windows[upcoming];
    if (window === undefined) return at('after_close', null);
    if (instant >= window.openMs) return at('open', window);
    return at(upcoming === 0 ? 'before_open' : 'between_windows', null);
  }

  nextOpen(instant: EpochMs): EpochMs | null {
    return this.nextEdge(instant, (window) => window.openMs);
  }

  nextClose(instant: EpochMs): EpochMs | null {
    return this.nextEdge(instant, (window) => window.closeMs);
  }

  previousTradingDay(date: TradingDate): TradingDate | null {
    let candidate = min(addDays(parseTradingDate(date), -1), this.searchTo);
    for (; candidate >= this.searchFrom; candidate = addDays(candidate, -1)) {
      if (this.resolve(candidate).kind === 'trading') return candidate;
    }
    return null;
  }

  nextTradingDay(date: TradingDate): TradingDate | null {
    let candidate = max(addDays(parseTradingDate(date), 1), this.searchFrom);
    for (; candidate <= this.searchTo; candidate = addDays(candidate, 1)) {
      if (this.resolve(candidate).kind === 'trading') return candidate;
    }
    return null;
  }

  isClosingAuctionShare(symbol: string, date: TradingDate): boolean {
    if (this.overlayAuction !== undefined && date === this.overlay?.date) return this.overlayAuction.has(symbol);
    return this.auctions.some((list) => list.from <= date && date <= list.to && list.symbols.has(symbol));
  }

  private nextEdge(instant: EpochMs, edgeOf: (window: SessionWindow) => EpochMs): EpochMs | null {
    let date = max(tradingDateOf(instant), this.searchFrom);
    for (; date <= this.searchTo; date = addDays(date, 1)) {
      const resolved = this.resolve(date);
      if (resolved.kind !== 'trading') continue;
      for (const window of resolved.day.windows) {
        const edge = edgeOf(window);
        if (edge > instant) return edge;
      }
    }
    return null;
  }

  /** The day, when the calendar can vouch for it. */
  private known(date: TradingDate): Extract<ResolvedDay, { kind: 'trading' | 'closed' }> {
    const resolved = this.resolve(date);
    if (resolved.kind === 'out_of_range') {
      throw coreErrors.create('RTP_CALENDAR_OUT_OF_RANGE', `${date} is ${resolved.reason}.`);
    }
    if (resolved.kind === 'times_unknown') {
      throw coreErrors.create('RTP_CALENDAR_TIMES_UNKNOWN', `The times of ${resolved.name} on ${date} are unknown.`, {
        fix: `Give the session of ${date} its "open" and "close" times in config/calendar.json.`,
      });
    }
    return resolved;
  }

  private resolve(date: TradingDate): ResolvedDay {
    const cached = this.days.get(date);
    if (cached !== undefined) return cached;
    const resolved = this.workOut(parseTradingDate(date));
    if (this.days.size >= MAX_CACHED_DAYS) this.days.clear();
    this.days.set(date, resolved);
    return resolved;
  }

  private workOut(date: TradingDate): ResolvedDay {
    if (this.overlay?.date === date) return this.givenHours(date, 'recorded', this.overlay.name, this.overlay.windows);
    const special = this.specials.get(date);
    if (special !== undefined) {
      const { windows, open, close, name } = special;
      if (windows !== undefined) return this.givenHours(date, 'special', name, windows);
      if (!open || !close) return { kind: 'times_unknown', name };
      return this.givenHours(date, 'special', name, [[open, close]]);
    }
    if (date > this.lastKnownDate) {
      return { kind: 'out_of_range', reason: `after the last date the calendar knows, ${this.lastKnownDate}` };
    }
    if (date < this.file.inferred_from) {
      return { kind: 'out_of_range', reason: `before today's trading hours began, ${this.file.inferred_from}` };
    }
    const holiday = this.holidays.get(date);
    if (holiday !== undefined) return { kind: 'closed', reason: holiday };
    const weekday = weekdayOf(date);
    if (!this.file.weekdays.includes(weekday)) return { kind: 'closed', reason: WEEKDAY_NAMES[weekday] as string };
    const regime = this.regimeOf(date) as CalendarFile['regimes'][number];
    return this.trading(date, 'regular', REGULAR, regime.windows);
  }

  private givenHours(date: TradingDate, kind: 'special' | 'recorded', name: string, given: FileWindows): ResolvedDay {
    const regime = this.regimeOf(date)?.windows;
    const isFullDay = regime !== undefined && JSON.stringify(regime.share) === JSON.stringify(given);
    return this.trading(date, kind, name, isFullDay ? regime : perClass(() => given));
  }

  private trading(
    date: TradingDate,
    kind: TradingDay['kind'],
    name: string,
    times: ClassRecord<FileWindows>,
  ): ResolvedDay {
    const windows = perClass((instrumentClass) => windowsOn(date, times[instrumentClass], this.hours));
    const union = mergedWindows(INSTRUMENT_CLASSES.flatMap((instrumentClass) => windows[instrumentClass]));
    if (union.length === 0) return { kind: 'closed', reason: `${name}, outside the configured market hours` };
    const isInferred = kind === 'regular' && date < this.firstKnownDate;
    const confidence = isInferred ? 'inferred' : 'known';
    return { kind: 'trading', windows, day: Object.freeze({ date, kind, name, windows: union, confidence }) };
  }

  private regimeOf(date: TradingDate): CalendarFile['regimes'][number] | undefined {
    return this.file.regimes.find((regime) => regime.from <= date && (regime.to === null || date <= regime.to));
  }
}

function labelOf(resolved: Exclude<ResolvedDay, { kind: 'trading' }>): string {
  if (resolved.kind === 'times_unknown') return `${resolved.name}, times unknown`;
  return resolved.reason;
}

const max = (a: string, b: string): string => (a > b ? a : b);
const min = (a: string, b: string): string => (a < b ? a : b);
