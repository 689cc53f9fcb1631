/** What is known of one indicator column: the words of the registry. */

export const FAMILIES = [
  'moving_averages',
  'bands',
  'trend',
  'momentum',
  'volatility',
  'volume',
  'session',
  'day_levels',
  'statistics',
  'transforms',
  'cycle',
  'candles',
  'levels',
  'zones',
] as const;
export type Family = (typeof FAMILIES)[number];

export const FAMILY_TITLES: Readonly<Record<Family, string>> = {
  moving_averages: 'Moving averages',
  bands: 'Bands, channels, stops',
  trend: 'Direction and trend strength',
  momentum: 'Momentum',
  volatility: 'Volatility',
  volume: 'Volume',
  session: 'Session',
  day_levels: 'Day levels',
  statistics: 'Statistics',
  transforms: 'Price transforms',
  cycle: 'Cycle',
  candles: 'Candlestick patterns',
  levels: 'Support and resistance',
  zones: 'Supply and demand zones',
};

/**
 * What a value counts. `price` rupees; `price_diff` a difference or spread of prices, rupees; `percent` 0..100 or a
 * change in percent; `ratio` a pure number; `volume` shares; `turnover` rupees times shares; `bars` a number of bars;
 * `flag` a small whole number with named meanings; `score` 0..100 or an open-ended pure number made by the definition.
 */
export const UNITS = [
  'price',
  'price_diff',
  'percent',
  'ratio',
  'volume',
  'turnover',
  'bars',
  'flag',
  'score',
] as const;
export type Unit = (typeof UNITS)[number];

/** `TA-Lib`: a plain call; `composed`: TA-Lib calls and arithmetic; `own`: no counterpart there. */
export type Origin = 'TA-Lib' | 'composed' | 'own';

/**
 * Where a column's values come from when they are asked for. `minute`: stored with each bar; `day`: constant all day,
 * computed on read from the session before; `read`: computed on read from bars.
 */
export type Storage = 'minute' | 'day' | 'read';

/**
 * How values are held: `f32` and `f64` floating point, `i16` whole numbers of small range. Null (before the first
 * value) is NaN in memory and NULL in storage.
 */
export type ValueType = 'f32' | 'f64' | 'i16';

/** How trading-signals computes it: see docs/indicators.md. `none`: not offered, or not comparable. */
export type SecondOpinion = 'equal' | 'other_seed' | 'different' | 'equal_but_flat' | 'unmarked' | 'none';

export interface IndicatorColumn {
  /** Stable: a change of meaning is a breaking one. */
  readonly name: string;
  readonly family: Family;
  /** Parameters by the name they have in the formula: periods in bars, factors as they are. */
  readonly parameters: Readonly<Record<string, number>>;
  readonly unit: Unit;
  /** Index, from 0, of the first bar with a value; null where it depends on sessions or events. */
  readonly first: number | null;
  /** One line for people. */
  readonly meaning: string;
  /** Definition complete enough to compute it by hand, zero divisors included. */
  readonly formula: string;
  readonly origin: Origin;
  /** TA-Lib function, for `TA-Lib` and `composed` columns. */
  readonly talib: string | null;
  /** Class of trading-signals that computes it, if any. */
  readonly tradingSignals: { readonly name: string; readonly agreement: SecondOpinion } | null;
  readonly storage: Storage;
  /** Stored values are multiples of `10 ** -decimals`. */
  readonly decimals: number;
  readonly valueType: ValueType;
  /** Counts a year as 252 sessions of 375 one-minute bars: on longer bars multiply by `yearFactor`. */
  readonly annualised: boolean;
}
