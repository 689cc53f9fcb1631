/** Change against a bar of the past, plain and smoothed. */
import { ema, smoothed } from '../graph/averages.ts';
import { ago, calc, close, type Node } from '../graph/node.ts';
import { roc } from '../graph/rates.ts';
import { change, sma, wma } from '../graph/windows.ts';
import type { ColumnSpec } from '../registry/define.ts';

const before10 = ago(close, 10);
const trix = roc(ema(ema(ema(close, 15), 15), 15), 1);
const move = change(close, 1);

/** The move from bar to bar over its size, both smoothed twice. */
function trueStrength(): Node {
  const twice = (x: Node): Node => ema(ema(x, 25), 13);
  return calc('$size > 0 ? 100 * $moves / $size : 0', {
    moves: twice(move),
    size: twice(calc('Math.abs($m)', { m: move })),
  });
}

const kst = calc('$a + 2 * $b + 3 * $c + 4 * $d', {
  a: sma(roc(close, 10), 10),
  b: sma(roc(close, 15), 10),
  c: sma(roc(close, 20), 10),
  d: sma(roc(close, 30), 15),
});

const pmo = smoothed(calc('10 * $x', { x: smoothed(roc(close, 1), 35, 2 / 35) }), 20, 2 / 20);

export const rates: Readonly<Record<string, ColumnSpec>> = {
  mom_10: {
    node: change(close, 10),
    unit: 'price_diff',
    meaning: 'Change of the close over 10 bars',
    formula: 'close - close n bars ago',
    parameters: { n: 10 },
    origin: 'TA-Lib',
    talib: 'MOM',
    tradingSignals: '= MOM',
  },
  roc_10: {
    node: roc(close, 10),
    unit: 'percent',
    meaning: 'Change of the close over 10 bars, percent',
    formula: '100 (close/close n bars ago - 1); a divisor of 0: 0',
    parameters: { n: 10 },
    origin: 'TA-Lib',
    talib: 'ROC',
    tradingSignals: '= ROC (a fraction)',
    storage: 'minute',
    decimals: 3,
  },
  rocp_10: {
    node: calc('$before === 0 ? 0 : ($c - $before) / $before', { c: close, before: before10 }),
    unit: 'ratio',
    meaning: 'Change of the close over 10 bars, as a fraction',
    formula: '(close - close n bars ago)/close n bars ago; a divisor of 0: 0',
    parameters: { n: 10 },
    origin: 'TA-Lib',
    talib: 'ROCP',
    tradingSignals: '= ROC',
    decimals: 6,
  },
  rocr_10: {
    node: calc('$before === 0 ? 0 : $c / $before', { c: close, before: before10 }),
    unit: 'ratio',
    meaning: 'Close over the close of 10 bars ago',
    formula: 'close/close n bars ago; a divisor of 0: 0',
    parameters: { n: 10 },
    origin: 'TA-Lib',
    talib: 'ROCR',
    decimals: 6,
  },
};

export const smoothedRates: Readonly<Record<string, ColumnSpec>> = {
  trix_15: {
    node: trix,
    unit: 'percent',
    meaning: 'Change of the triple EMA of 15 from bar to bar, percent',
    formula:
      'e1 = EMA15(close), e2 = EMA15(e1), e3 = EMA15(e2), each seeded with the mean of its first n inputs; ' +
      '100 (e3/previous e3 - 1); previous e3 = 0: 0',
    parameters: { n: 15 },
    origin: 'TA-Lib',
    talib: 'TRIX',
    tradingSignals: '≠ TRIX',
    storage: 'minute',
    decimals: 5,
  },
  trix_signal_9: {
    node: ema(trix, 9),
    unit: 'percent',
    meaning: 'EMA of 9 of trix_15',
    formula: 'EMA9(trix_15), seeded with the mean of its first n values',
    parameters: { n: 9 },
    origin: 'composed',
    talib: 'TRIX+EMA',
    tradingSignals: '≠ TRIX',
    decimals: 5,
  },
  tsi_25_13: {
    node: trueStrength(),
    unit: 'score',
    meaning: 'True strength index: moves over their sizes, both smoothed twice; -100 all falls, 100 all rises',
    formula:
      'm = close - previous close; 100 EMA13(EMA25(m))/EMA13(EMA25(abs(m))), every EMA seeded with the mean of its ' +
      'first n inputs, m from bar 1 on; divisor 0: 0',
    parameters: { first: 25, second: 13 },
    origin: 'composed',
    talib: 'MOM+EMA',
    tradingSignals: '~ TSI',
    storage: 'minute',
  },
  dpo_20: {
    node: calc('$c - $mean', { c: close, mean: ago(sma(close, 20), 11) }),
    unit: 'price_diff',
    meaning: 'Detrended price: the close against the mean of 20 closes as it was 11 bars ago',
    formula: 'close - (mean of the n closes that end n/2 + 1 bars ago)',
    parameters: { n: 20 },
    origin: 'composed',
    talib: 'SMA',
    tradingSignals: '≠ DPO (other convention)',
  },
  coppock_14_11_10: {
    node: wma(calc('$long + $short', { long: roc(close, 14), short: roc(close, 11) }), 10),
    unit: 'percent',
    meaning: 'Coppock curve: weighted mean of 10 of the changes over 14 and 11 bars',
    formula:
      'WMA10 of ROC14 + ROC11; ROCn = 100 (close/close n bars ago - 1), a divisor of 0: 0; WMA: weights 1..10, the ' +
      'newest heaviest, divided by 55',
    parameters: { long: 14, short: 11, n: 10 },
    origin: 'composed',
    talib: 'ROC+WMA',
    tradingSignals: '= CoppockCurve',
    decimals: 3,
  },
  kst: {
    node: kst,
    unit: 'score',
    meaning: 'Know sure thing: smoothed changes over 10, 15, 20 and 30 bars, the longest heaviest',
    formula:
      'SMA10(ROC10) + 2 SMA10(ROC15) + 3 SMA10(ROC20) + 4 SMA15(ROC30); ROCn = 100 (close/close n bars ago - 1), ' +
      'a divisor of 0: 0',
    origin: 'composed',
    talib: 'ROC+SMA',
    tradingSignals: '= KST',
    storage: 'minute',
    decimals: 3,
  },
  kst_signal_9: {
    node: sma(kst, 9),
    unit: 'score',
    meaning: 'Mean of the last 9 kst',
    formula: 'SMA9(kst)',
    parameters: { n: 9 },
    origin: 'composed',
    talib: 'ROC+SMA',
    tradingSignals: '= KST',
    storage: 'minute',
    decimals: 3,
  },
  pmo: {
    node: pmo,
    unit: 'score',
    meaning: 'Price momentum oscillator of DecisionPoint: the change from bar to bar, smoothed twice',
    formula:
      'r = 100 (close/previous close - 1), a divisor of 0: 0; a = r smoothed with k = 2/35, seeded at bar 35 with the ' +
      'mean of r of bars 1..35; pmo = 10 a smoothed with k = 2/20, seeded at bar 54 with the mean of its first 20 ' +
      'inputs; smoothing: s += (x - s) k; first at bar 54',
    parameters: { first: 35, second: 20 },
    origin: 'own',
    tradingSignals: '~ PMO',
    decimals: 3,
  },
  pmo_signal_10: {
    node: ema(pmo, 10),
    unit: 'score',
    meaning: 'EMA of 10 of pmo',
    formula: 'EMA10(pmo), k = 2/11, seeded with the mean of its first n values; first at bar 63',
    parameters: { n: 10 },
    origin: 'own',
    tradingSignals: '~ PMO',
    decimals: 3,
  },
};
