import { atIst, type EpochMs, IST_OFFSET_MS, MINUTE_MS } from '@rtp/core';
import { tellMinute } from '../tape/minute-trades.ts';
import { TradeSlots } from '../tape/trade-slots.ts';
import type { MarketDay, MarketInstrument } from './market-day.ts';

/** When an instrument that has not traded today traded last. */
const LAST_TRADE_OF_A_DAY = '15:29:59';

/** What the exchange shows of one instrument at one instant. Changed in place, trade by trade. */
export interface InstrumentState {
  lastPrice: number;
  lastQuantity: number;
  /** IST wall-clock seconds of the last trade, written as if they were UTC (wire §7.4). */
  lastTradeTime: number;
  /** Shares traded today. */
  volume: number;
  /** Rupees traded today. */
  turnover: number;
  /** Day values; 0 until the first trade. */
  open: number;
  high: number;
  low: number;
}

/** The state before the day's first trade: the previous close, traded at the end of the previous day. */
export function stateBeforeOpen(day: MarketDay, instrument: MarketInstrument): InstrumentState {
  return {
    lastPrice: instrument.previousClose,
    lastQuantity: 0,
    lastTradeTime: wallSeconds(atIst(day.previousDate, LAST_TRADE_OF_A_DAY)),
    volume: 0,
    turnover: 0,
    open: 0,
    high: 0,
    low: 0,
  };
}

/** Applies one trade. A quantity of 0 moves the price alone. */
export function applyTrade(state: InstrumentState, atMs: EpochMs, price: number, quantity: number): void {
  if (state.open === 0) {
    state.open = price;
    state.high = price;
    state.low = price;
  } else if (price > state.high) state.high = price;
  else if (price < state.low) state.low = price;
  state.lastPrice = price;
  state.lastTradeTime = wallSeconds(atMs);
  if (quantity > 0) {
    state.lastQuantity = quantity;
    state.volume += quantity;
    state.turnover += price * quantity;
  }
}

/** Tells the trades of one row of the day into `slots` from `base`; returns how many: none in a halted minute. */
export function tellRow(
  day: MarketDay,
  instrument: MarketInstrument,
  row: number,
  slots: TradeSlots,
  base: number,
): number {
  if (day.isHalted(instrument, row)) return 0;
  const seed = {
    instrumentSeed: instrument.seed,
    minuteIndex: (day.bars.ts[row] as number) / MINUTE_MS,
    step: instrument.step,
    isIndex: instrument.isIndex,
  };
  return tellMinute(day.bar(row), seed, slots, base);
}

/** Minutes of one instrument that are over, summed up. */
interface Progress {
  readonly sums: InstrumentState;
  /** First row that is not in the sums. */
  nextRow: number;
  /** Last row in the sums that has trades, or -1. */
  lastTraded: number;
}

/**
 * Works out any instrument's state at any instant. Instants mostly grow, so the minutes that are over are summed up
 * once and kept; an earlier instant starts again.
 */
export class StateReader {
  private readonly day: MarketDay;
  private readonly known: Progress[] = [];
  private readonly scratch = new TradeSlots(1);

  constructor(day: MarketDay) {
    this.day = day;
  }

  /**
   * The state after every trade up to `instant`, that millisecond included. Minutes that are over count by their
   * bar, with the typical price for turnover; the minute in progress and the last one before it trade by trade.
   */
  at(instrument: MarketInstrument, instant: EpochMs): InstrumentState {
    const { day, scratch } = this;
    const current = Math.floor(instant / MINUTE_MS) * MINUTE_MS;
    const progress = this.progressTo(instrument, current);
    const state = { ...progress.sums };
    if (progress.lastTraded >= 0) this.addLastTrade(state, instrument, progress.lastTraded);
    const row = progress.nextRow;
    if (row < instrument.endRow && day.bars.ts[row] === current) {
      const count = tellRow(day, instrument, row, scratch, 0);
      for (let index = 0; index < count; index += 1) {
        const at = current + (scratch.offsetMs[index] as number);
        if (at > instant) break;
        applyTrade(state, at, scratch.price[index] as number, scratch.quantity[index] as number);
      }
    }
    return state;
  }

  private progressTo(instrument: MarketInstrument, minute: EpochMs): Progress {
    const { day } = this;
    let progress = this.known[instrument.index];
    const isAhead = progress !== undefined && (day.bars.ts[progress.nextRow - 1] as number) >= minute;
    if (progress === undefined || (progress.nextRow > instrument.firstRow && isAhead)) {
      progress = { sums: stateBeforeOpen(day, instrument), nextRow: instrument.firstRow, lastTraded: -1 };
      this.known[instrument.index] = progress;
    }
    while (progress.nextRow < instrument.endRow && (day.bars.ts[progress.nextRow] as number) < minute) {
      if (day.hasTrades(instrument, progress.nextRow)) {
        addMinute(progress.sums, day, progress.nextRow);
        progress.lastTraded = progress.nextRow;
      }
      progress.nextRow += 1;
    }
    return progress;
  }

  private addLastTrade(state: InstrumentState, instrument: MarketInstrument, row: number): void {
    const { day, scratch } = this;
    const count = tellRow(day, instrument, row, scratch, 0);
    state.lastPrice = scratch.price[count - 1] as number;
    state.lastTradeTime = wallSeconds((day.bars.ts[row] as number) + (scratch.offsetMs[count - 1] as number));
    let index = count - 1;
    while (index > 0 && scratch.quantity[index] === 0) index -= 1;
    state.lastQuantity = scratch.quantity[index] as number;
  }
}

function addMinute(state: InstrumentState, day: MarketDay, row: number): void {
  const { open, high, low, close, volume } = day.bar(row);
  if (state.open === 0) {
    state.open = open;
    state.high = high;
    state.low = low;
  } else {
    state.high = Math.max(state.high, high);
    state.low = Math.min(state.low, low);
  }
  state.volume += volume;
  state.turnover += (volume * (open + high + low + close)) / 4;
}

/** Day average price (VWAP), in whole paise; 0 before the first trade and for an index. */
export function averagePrice(state: InstrumentState): number {
  return state.volume === 0 ? 0 : Math.round((state.turnover / state.volume) * 100) / 100;
}

function wallSeconds(instant: EpochMs): number {
  return Math.floor((instant + IST_OFFSET_MS) / 1_000);
}
