import { atIst, type EpochMs, MINUTE_MS, tradingDateOf } from '@rtp/core';
import type { Market } from '../market/market.ts';
import type { MarketInstrument } from '../market/market-day.ts';
import { type Answer, ERRORS, jsonText } from '../rest/answers.ts';
import { type Candles, candlesBody, noCandles, type Publication } from '../rest/candles.ts';
import type { BarRange } from '../rest/chart-range.ts';
import type { FaultSchedule } from './fault-schedule.ts';
import { invalidPrice } from './invalid-price.ts';

type Row = readonly [open: number, high: number, low: number, close: number, volume: number, timestamp: number];

/** Part of an answer's candles that `charts_invalid_prices` spoils, one at least. */
const SPOILED = 0.05;
/** What `minutes` looks for. */
const MINUTE_FAULTS = [
  'charts_today_empty',
  'charts_first_minutes_empty',
  'charts_flat_minutes',
  'charts_stray_index_bar',
] as const;
/** The columns of a candle that are prices. */
const PRICE_COLUMNS = 4;
const NULL_BODY = '{"open":null,"high":null,"low":null,"close":null,"volume":null,"timestamp":null}';

/** What faults make of charts: an answer of their own, or other candles. */
export class ChartDistortion {
  private readonly market: Market;
  private readonly faults: FaultSchedule;

  constructor(market: Market, faults: FaultSchedule) {
    this.market = market;
    this.faults = faults;
  }

  /** The answer that comes instead of candles; `symbol` is undefined for an instrument nobody knows. */
  answer(symbol: string | undefined): Answer | undefined {
    const { faults } = this;
    if (faults.strike('charts_429', symbol) !== undefined) return ERRORS.rateLimit;
    if (faults.strike('charts_500', symbol) !== undefined) return ERRORS.serverError;
    if (faults.strike('charts_no_data', symbol) !== undefined) return ERRORS.noData;
    if (faults.strike('charts_null', symbol) !== undefined) return jsonText(NULL_BODY);
    if (faults.strike('charts_empty', symbol) !== undefined) return jsonText(candlesBody(noCandles(), false));
    return undefined;
  }

  /** How the instrument's minutes are published on this occasion. */
  publication({ symbol }: MarketInstrument, usual: Publication): Publication {
    const late = this.faults.strike('charts_lag', symbol);
    return late === undefined ? usual : { ...usual, delayMs: usual.delayMs + late.fault.lagMs };
  }

  /** The minutes of an answer, some taken away and some added. */
  minutes(instrument: MarketInstrument, minutes: Candles, range: BarRange, now: EpochMs, delayMs: number): Candles {
    if (!MINUTE_FAULTS.some((name) => this.faults.isActive(name))) return minutes;
    const until = now - delayMs;
    const flat = this.withFlat(instrument, rowsOf(minutes), range, until);
    return candlesOf(this.withoutEmpty(instrument, this.withStray(instrument, flat, range, until), now));
  }

  /** Candles, some with prices that cannot be. */
  prices({ symbol }: MarketInstrument, candles: Candles): Candles {
    const length = candles.timestamp.length;
    const struck = length === 0 ? undefined : this.faults.strike('charts_invalid_prices', symbol);
    if (struck === undefined) return candles;
    const { random, fault } = struck;
    const price = invalidPrice(fault.kinds[random.below(fault.kinds.length)] as (typeof fault.kinds)[number]);
    const columns = [candles.open, candles.high, candles.low, candles.close];
    for (let count = Math.ceil(length * SPOILED); count > 0; count -= 1) {
      (columns[random.below(PRICE_COLUMNS)] as number[])[random.below(length)] = price;
    }
    return candles;
  }

  private withoutEmpty({ symbol }: MarketInstrument, rows: readonly Row[], now: EpochMs): readonly Row[] {
    const today = tradingDateOf(now);
    const isOfToday = (row: Row): boolean => tradingDateOf(startOf(row)) === today;
    const withoutDay = this.faults.draw('charts_today_empty', symbol);
    if (withoutDay !== undefined && rows.some(isOfToday)) {
      withoutDay.strike();
      return rows.filter((row) => !isOfToday(row));
    }
    const withoutFirst = this.faults.draw('charts_first_minutes_empty', symbol);
    const open = withoutFirst === undefined ? undefined : this.market.windowOpens(today)[0];
    if (withoutFirst === undefined || open === undefined) return rows;
    const end = open + withoutFirst.fault.minutes * MINUTE_MS;
    const isFirst = (row: Row): boolean => startOf(row) >= open && startOf(row) < end;
    if (!rows.some(isFirst)) return rows;
    withoutFirst.strike();
    return rows.filter((row) => !isFirst(row));
  }

  /** With the simulated day's minutes without trades, those of halts aside, that are over by `until`. */
  private withFlat(
    instrument: MarketInstrument,
    rows: readonly Row[],
    range: BarRange,
    until: EpochMs,
  ): readonly Row[] {
    const { day } = this.market;
    const struck = this.faults.draw('charts_flat_minutes', instrument.symbol);
    if (struck === undefined) return rows;
    const known = new Map(rows.map((row) => [startOf(row), row]));
    const last = this.lastMinuteOfClass(instrument);
    const first = day.minutes[0] ?? Number.POSITIVE_INFINITY;
    const earlier = rows.filter((row) => startOf(row) < first);
    const ofDay: Row[] = [];
    let close = range.fromMs <= first ? instrument.previousClose : undefined;
    for (const minute of day.minutes) {
      if (minute > last) break;
      const row = known.get(minute);
      if (row !== undefined) ofDay.push(row);
      else if (this.market.isHalted(instrument, minute)) continue;
      else if (close !== undefined && minute <= range.toMs && minute + MINUTE_MS <= until) {
        ofDay.push([close, close, close, close, 0, minute / 1_000]);
      }
      close = row?.[3] ?? close;
    }
    if (earlier.length + ofDay.length === rows.length) return rows;
    struck.strike();
    return [...earlier, ...ofDay];
  }

  private withStray(
    instrument: MarketInstrument,
    rows: readonly Row[],
    range: BarRange,
    until: EpochMs,
  ): readonly Row[] {
    const struck = instrument.isIndex ? this.faults.draw('charts_stray_index_bar', instrument.symbol) : undefined;
    if (struck === undefined) return rows;
    const lastOfDate = new Map(rows.map((row) => [tradingDateOf(startOf(row)), row]));
    const known = new Set(rows.map(startOf));
    const strays = [...lastOfDate].flatMap(([date, [, , , close]]) =>
      struck.fault.at
        .map((time) => atIst(date, time))
        .filter((ts) => ts >= range.fromMs && ts <= range.toMs && ts + MINUTE_MS <= until && !known.has(ts))
        .map((ts): Row => [close, close, close, close, 0, ts / 1_000]),
    );
    if (strays.length === 0) return rows;
    struck.strike();
    return [...rows, ...strays].sort((a, b) => a[5] - b[5]);
  }

  private lastMinuteOfClass({ isClosingAuctionShare }: MarketInstrument): EpochMs {
    const { instruments, bars } = this.market.day;
    let last = Number.NEGATIVE_INFINITY;
    for (const one of instruments) {
      if (one.isClosingAuctionShare !== isClosingAuctionShare || one.endRow === one.firstRow) continue;
      last = Math.max(last, bars.ts[one.endRow - 1] as number);
    }
    return last;
  }
}

const startOf = (row: Row): EpochMs => row[5] * 1_000;

function rowsOf({ open, high, low, close, volume, timestamp }: Candles): readonly Row[] {
  return timestamp.map((ts, index) => [
    open[index] as number,
    high[index] as number,
    low[index] as number,
    close[index] as number,
    volume[index] as number,
    ts,
  ]);
}

function candlesOf(rows: readonly Row[]): Candles {
  const column = (index: number): number[] => rows.map((row) => row[index] as number);
  return {
    open: column(0),
    high: column(1),
    low: column(2),
    close: column(3),
    volume: column(4),
    timestamp: column(5),
  };
}
