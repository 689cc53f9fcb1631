/** Bands at a distance from an average: Bollinger, acceleration, Keltner, and the squeeze of one in the other. */
import { ema } from '../graph/averages.ts';
import { midprice } from '../graph/channel.ts';
import { stddev } from '../graph/deviation.ts';
import { calc, close, high, low } from '../graph/node.ts';
import { atr } from '../graph/ranges.ts';
import { regression } from '../graph/regression.ts';
import { run, sma } from '../graph/windows.ts';
import type { ColumnSpec } from '../registry/define.ts';

const mean = sma(close, 20);
const deviation = stddev(close, 20);
const bollingerParts = { c: close, mean, sd: deviation };

export const bollinger: Readonly<Record<string, ColumnSpec>> = {
  bb_upper_20: {
    node: calc('$mean + 2 * $sd', bollingerParts),
    parameters: { n: 20, k: 2 },
    unit: 'price',
    meaning: 'Upper Bollinger band: two standard deviations above the mean of 20 closes',
    formula: 'SMA of n closes + k sd; sd = population standard deviation of the same closes, 0 if the variance < 1e-14',
    origin: 'TA-Lib',
    talib: 'BBANDS',
    tradingSignals: '= BollingerBands',
    storage: 'minute',
  },
  bb_middle_20: {
    node: mean,
    parameters: { n: 20 },
    unit: 'price',
    meaning: 'Middle Bollinger band: the mean of 20 closes',
    formula: 'mean of the last n closes',
    origin: 'TA-Lib',
    talib: 'BBANDS',
    tradingSignals: '= BollingerBands',
  },
  bb_lower_20: {
    node: calc('$mean - 2 * $sd', bollingerParts),
    parameters: { n: 20, k: 2 },
    unit: 'price',
    meaning: 'Lower Bollinger band: two standard deviations below the mean of 20 closes',
    formula: 'SMA of n closes - k sd; sd as in bb_upper_20',
    origin: 'TA-Lib',
    talib: 'BBANDS',
    tradingSignals: '= BollingerBands',
    storage: 'minute',
  },
  bb_width_20: {
    node: calc('$mean === 0 ? 0 : 4 * $sd / $mean', bollingerParts),
    parameters: { n: 20, k: 2 },
    unit: 'ratio',
    meaning: 'Width of the Bollinger bands as a fraction of their middle',
    formula: '(bb_upper - bb_lower)/bb_middle = 2 k sd/SMA; SMA 0: 0',
    origin: 'composed',
    talib: 'BBANDS',
    tradingSignals: '= BBW',
    storage: 'minute',
    decimals: 5,
  },
  bb_percent_b_20: {
    node: calc('$sd > 0 ? ($c - $mean) / (4 * $sd) + 0.5 : 0.5', bollingerParts),
    parameters: { n: 20, k: 2 },
    unit: 'ratio',
    meaning: 'Where the close stands between the Bollinger bands: 0 at the lower, 1 at the upper',
    formula: '(close - bb_lower)/(bb_upper - bb_lower); no width (sd 0): 0.5',
    origin: 'composed',
    talib: 'BBANDS',
    tradingSignals: '=f PercentB',
    storage: 'minute',
  },
};

// 4 (h - l)/(h + l), 0 where h + l is 0.
const stretch = calc('$h + $l === 0 ? 0 : 4 * ($h - $l) / ($h + $l)', { h: high, l: low });

const accelerationColumn = {
  parameters: { n: 20 },
  unit: 'price',
  origin: 'TA-Lib',
  talib: 'ACCBANDS',
  tradingSignals: '= AccelerationBands',
} as const;

export const acceleration: Readonly<Record<string, ColumnSpec>> = {
  acc_upper_20: {
    ...accelerationColumn,
    node: sma(calc('$h + $h * $stretch', { h: high, stretch }), 20),
    meaning: 'Upper acceleration band: highs raised by the relative range of their bars, mean of 20',
    formula: 'mean of the last n values of high (1 + 4 (high - low)/(high + low)); high + low = 0: the high itself',
  },
  acc_middle_20: {
    ...accelerationColumn,
    node: mean,
    meaning: 'Middle acceleration band: the mean of 20 closes',
    formula: 'mean of the last n closes',
  },
  acc_lower_20: {
    ...accelerationColumn,
    node: sma(calc('$l - $l * $stretch', { l: low, stretch }), 20),
    meaning: 'Lower acceleration band: lows lowered by the relative range of their bars, mean of 20',
    formula: 'mean of the last n values of low (1 - 4 (high - low)/(high + low)); high + low = 0: the low itself',
  },
};

const average = ema(close, 20);
const keltnerParts = { middle: average, atr: atr(10) };

export const keltner: Readonly<Record<string, ColumnSpec>> = {
  keltner_upper_20: {
    node: calc('$middle + 2 * $atr', keltnerParts),
    parameters: { n: 20, k: 2, atr: 10 },
    unit: 'price',
    meaning: 'Upper Keltner band: two average true ranges above the exponential average of 20 closes',
    formula: 'EMA of n closes (seeded with their first SMA) + k ATR10 (Wilder, seeded with the mean of bars 1..10)',
    origin: 'composed',
    talib: 'EMA+ATR',
    tradingSignals: '~ KeltnerChannels',
    storage: 'minute',
  },
  keltner_middle_20: {
    node: average,
    parameters: { n: 20 },
    unit: 'price',
    meaning: 'Middle Keltner line: the exponential average of 20 closes',
    formula: 'EMA of n closes, seeded with their first SMA',
    origin: 'composed',
    talib: 'EMA',
    tradingSignals: '~ KeltnerChannels',
  },
  keltner_lower_20: {
    node: calc('$middle - 2 * $atr', keltnerParts),
    parameters: { n: 20, k: 2, atr: 10 },
    unit: 'price',
    meaning: 'Lower Keltner band: two average true ranges below the exponential average of 20 closes',
    formula: 'EMA of n closes - k ATR10, both as in keltner_upper_20',
    origin: 'composed',
    talib: 'EMA+ATR',
    tradingSignals: '~ KeltnerChannels',
    storage: 'minute',
  },
};

// Both bands inside: abs(ema - sma) + 2 sd < 1.5 atr. The margin keeps rounding from deciding where nothing moves.
const squeezed = calc('1.5 * $atr - 2 * $sd - Math.abs($ema - $mean) > 1e-12 * $c ? 1 : 0', {
  c: close,
  atr: atr(20),
  sd: deviation,
  ema: average,
  mean,
});

// On a flat window the mean is the close itself, whatever rounding made of it.
const distance = calc('$same >= 20 ? ($c - $middle) / 2 : $c - ($middle + $mean) / 2', {
  c: close,
  same: run(close),
  middle: midprice(20),
  mean,
});

export const squeeze: Readonly<Record<string, ColumnSpec>> = {
  squeeze_on: {
    node: squeezed,
    parameters: { n: 20, bollinger: 2, keltner: 1.5 },
    unit: 'flag',
    meaning: '1 while both Bollinger bands lie inside the Keltner bands: volatility is low for its range',
    formula:
      '1 if SMA20 + 2 sd20 < EMA20 + 1.5 ATR20 and SMA20 - 2 sd20 > EMA20 - 1.5 ATR20, else 0; both must hold by more than 1e-12 of the close, so 0 where nothing moves; sd population, ATR Wilder; first with ATR20',
    origin: 'own',
    tradingSignals: '~ TTMSqueeze',
    storage: 'minute',
  },
  squeeze_momentum: {
    node: regression(distance, 20).end,
    parameters: { n: 20 },
    unit: 'price_diff',
    meaning: 'Momentum of the squeeze: the regressed distance of the close from the middle of its channel',
    formula:
      'd = close - (midprice20 + SMA20)/2, midprice20 = (highest high + lowest low of 20 bars)/2, SMA20 of the close; the line of least squares through the last n values of d, taken at the newest; first = 19 + 19',
    origin: 'own',
    tradingSignals: '= TTMSqueeze',
    storage: 'minute',
  },
};
