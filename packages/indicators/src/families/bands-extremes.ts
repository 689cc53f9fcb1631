/** Channels between the highest high and the lowest low of a window: Donchian, chandelier, Ichimoku. */
import { highestHigh, lowestLow, midprice } from '../graph/channel.ts';
import { ago, calc, close } from '../graph/node.ts';
import { atr } from '../graph/ranges.ts';
import { change } from '../graph/windows.ts';
import type { ColumnSpec } from '../registry/define.ts';

const donchianColumn = {
  parameters: { n: 20 },
  unit: 'price',
  origin: 'TA-Lib',
  tradingSignals: '= DonchianChannels',
} as const;

export const donchian: Readonly<Record<string, ColumnSpec>> = {
  donchian_upper_20: {
    ...donchianColumn,
    node: highestHigh(20),
    meaning: 'Highest high of 20 bars',
    formula: 'maximum of the last n highs, this bar included',
    talib: 'MAX',
    storage: 'minute',
  },
  donchian_middle_20: {
    ...donchianColumn,
    node: midprice(20),
    meaning: 'Middle of the 20-bar channel',
    formula: '(highest high + lowest low of the last n bars)/2',
    talib: 'MIDPRICE',
  },
  donchian_lower_20: {
    ...donchianColumn,
    node: lowestLow(20),
    meaning: 'Lowest low of 20 bars',
    formula: 'minimum of the last n lows, this bar included',
    talib: 'MIN',
    storage: 'minute',
  },
};

const chandelierColumn = {
  parameters: { n: 22, k: 3 },
  unit: 'price',
  origin: 'composed',
  tradingSignals: '~ ChandelierExit',
  storage: 'minute',
} as const;

export const chandelier: Readonly<Record<string, ColumnSpec>> = {
  chandelier_long_22: {
    ...chandelierColumn,
    node: calc('$top - 3 * $atr', { top: highestHigh(22), atr: atr(22) }),
    meaning: 'Stop of a long position: three average true ranges below the highest high of 22 bars',
    formula:
      'highest high of the last n bars, this one included, - k ATRn (Wilder, seeded with the mean of bars 1..n); it may fall again',
    talib: 'MAX+ATR',
  },
  chandelier_short_22: {
    ...chandelierColumn,
    node: calc('$bottom + 3 * $atr', { bottom: lowestLow(22), atr: atr(22) }),
    meaning: 'Stop of a short position: three average true ranges above the lowest low of 22 bars',
    formula: 'lowest low of the last n bars, this one included, + k ATRn; it may rise again',
    talib: 'MIN+ATR',
  },
};

const spanA = calc('($tenkan + $kijun) / 2', { tenkan: midprice(9), kijun: midprice(26) });
const spanB = midprice(52);

const ichimokuLine = {
  unit: 'price',
  origin: 'TA-Lib',
  talib: 'MIDPRICE',
  tradingSignals: '= IchimokuCloud',
  storage: 'minute',
} as const;

export const ichimoku: Readonly<Record<string, ColumnSpec>> = {
  ichimoku_tenkan_9: {
    ...ichimokuLine,
    node: midprice(9),
    parameters: { n: 9 },
    meaning: 'Ichimoku conversion line',
    formula: '(highest high + lowest low of the last n bars)/2',
  },
  ichimoku_kijun_26: {
    ...ichimokuLine,
    node: midprice(26),
    parameters: { n: 26 },
    meaning: 'Ichimoku base line',
    formula: '(highest high + lowest low of the last n bars)/2',
  },
  ichimoku_span_b_52: {
    ...ichimokuLine,
    node: spanB,
    parameters: { n: 52 },
    meaning: 'Ichimoku leading span B, as of this bar',
    formula: '(highest high + lowest low of the last n bars)/2; not shifted',
  },
  ichimoku_span_a: {
    ...ichimokuLine,
    node: spanA,
    parameters: { tenkan: 9, kijun: 26 },
    meaning: 'Ichimoku leading span A, as of this bar',
    formula: '(ichimoku_tenkan_9 + ichimoku_kijun_26)/2; not shifted',
    origin: 'composed',
  },
  ichimoku_cloud_a: {
    node: ago(spanA, 26),
    parameters: { shift: 26 },
    unit: 'price',
    meaning: 'One edge of the cloud over this bar: span A of 26 bars ago',
    formula: 'ichimoku_span_a of shift bars ago',
    origin: 'own',
  },
  ichimoku_cloud_b: {
    node: ago(spanB, 26),
    parameters: { shift: 26 },
    unit: 'price',
    meaning: 'Other edge of the cloud over this bar: span B of 26 bars ago',
    formula: 'ichimoku_span_b_52 of shift bars ago',
    origin: 'own',
  },
  ichimoku_chikou: {
    node: change(close, 26),
    parameters: { n: 26 },
    unit: 'price_diff',
    meaning: 'Ichimoku lagging line as a distance: the close against the close of 26 bars ago',
    formula: 'close - close of n bars ago',
    origin: 'own',
  },
};
