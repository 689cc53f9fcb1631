/** Indicators and levels as readers get them. */
import type { EpochMs, Timeframe, TradingDate } from '@rtp/core';

/** Most values (rows times columns) of one answer where nothing else is configured. */
export const MAX_INDICATOR_VALUES = 3_000_000;

export interface IndicatorQuery {
  readonly symbol: string;
  readonly timeframe: Timeframe;
  /** First and last IST date, inclusive. */
  readonly from: TradingDate;
  readonly to: TradingDate;
  /** Names of columns or families; none given, or an empty list: the columns stored with the minute. */
  readonly columns?: readonly string[] | undefined;
  /** Newest rows kept at most. */
  readonly limit?: number | undefined;
}

/** Indicators of one symbol, column by column: one row a bar, ascending. */
export interface IndicatorTable {
  readonly symbol: string;
  readonly timeframe: Timeframe;
  /** Names of the columns, in the order of `values`. */
  readonly columns: readonly string[];
  /** Start of each bar, epoch ms. */
  readonly times: Float64Array;
  /** By column, one number a row; NaN where there is no value yet. Multiples of the column's quantum. */
  readonly values: readonly Float64Array[];
}

export interface LevelsQuery {
  readonly symbol: string;
  readonly timeframe: Timeframe;
  /** The last date looked at; the newest one stored when left out. */
  readonly date?: TradingDate | undefined;
  /** Also what is no more, and what happened to each. */
  readonly history?: boolean | undefined;
}

/** Something that happened to a level or zone, at the close of the bar that starts at `time`. */
export interface LevelEventAt {
  readonly event: 'born' | 'touched' | 'merged' | 'broken' | 'died' | 'tested';
  readonly time: EpochMs;
}

/** Price, and strength (0..100), after the event. */
export interface PriceLevelEvent extends LevelEventAt {
  readonly price: number;
  readonly strength: number;
}

/** Edges, and score (0..100), after the event. */
export interface PriceZoneEvent extends LevelEventAt {
  readonly low: number;
  readonly high: number;
  readonly score: number;
}

interface Distances {
  /** From the close to the price, or to the nearer edge: above zero when that lies above the close, 0 inside. Rupees. */
  readonly distance: number;
  /** The same in `atr_14`; null without one, or when that is 0. */
  readonly distance_atr: number | null;
  readonly born: EpochMs;
  /** When it was last touched, tested, merged or made. */
  readonly last_touched: EpochMs;
  readonly live: boolean;
}

/** A support or resistance level as it stands after the last bar, or as it was at its end. */
export interface SymbolLevel extends Distances {
  /** Kind and birth: equal for the same level at any later time. */
  readonly id: string;
  readonly side: 'resistance' | 'support';
  /** The swing that made it. */
  readonly kind: 'high' | 'low';
  readonly price: number;
  readonly strength: number;
  readonly touches: number;
  /** With `history` only, as is `died`. */
  readonly events?: readonly PriceLevelEvent[];
  readonly died?: EpochMs | null;
}

/** A supply or demand zone as it stands after the last bar, or as it was at its end. */
export interface SymbolZone extends Distances {
  readonly id: string;
  readonly side: 'supply' | 'demand';
  readonly low: number;
  readonly high: number;
  readonly score: number;
  readonly tests: number;
  readonly events?: readonly PriceZoneEvent[];
  readonly died?: EpochMs | null;
  /** The zone that took it in. */
  readonly merged_into?: string | null;
}

/** Levels and zones after one bar; the live ones from the nearest to the farthest, then those that are no more. */
export interface SymbolLevels {
  readonly symbol: string;
  readonly timeframe: Timeframe;
  /** Start of the last bar, its close and `atr_14`; null where there is no whole bar yet. */
  readonly time: EpochMs | null;
  readonly close: number | null;
  readonly atr_14: number | null;
  readonly levels: readonly SymbolLevel[];
  readonly zones: readonly SymbolZone[];
}
