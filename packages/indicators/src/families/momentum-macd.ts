/** A fast average against a slow one. */
import { ema } from '../graph/averages.ts';
import { calc, close, type Node, node } from '../graph/node.ts';
import { percentageOscillator } from '../graph/rates.ts';
import { highest, lowest } from '../graph/windows.ts';
import { withheld } from '../graph/withheld.ts';
import type { ColumnSpec } from '../registry/define.ts';

/** EMA that knows nothing before bar `start`: seeded with the mean of the n values from there on. */
function lateEma(x: Node, n: number, start: number): Node {
  const seed = start + n - 1;
  return node({
    name: 'lateEma',
    parameters: [n, start],
    inputs: { x },
    state: { e: 0 },
    lag: seed - x.first,
    code: `
      if (n > ${seed}) $e += ($x - $e) * ${2 / (n + 1)};
      else if (n >= ${start}) {
        $e += $x;
        if (n === ${seed}) $e /= ${n};
      }
      $out = n < ${seed} ? NaN : $e;`,
  });
}

const difference = (a: Node, b: Node): Node => calc('$a - $b', { a, b });

const macdLine = difference(lateEma(close, 12, 14), ema(close, 26));
const macdSignal = ema(macdLine, 9);

const ppo = percentageOscillator(close, 12, 26);
const ppoSignal = ema(ppo, 9);

/**
 * Where x lies in its range of n bars, 0..100, smoothed with 0.5; a range of at most `least` is rounding and tells
 * nothing: the place is the one before then.
 */
function smoothedPlace(x: Node, n: number, least: Node | number): Node {
  const isNode = typeof least !== 'number';
  return node({
    name: 'smoothedPlace',
    parameters: [n, isNode ? 'node' : least],
    inputs: { x, top: highest(x, n), bottom: lowest(x, n), ...(isNode ? { least } : {}) },
    state: { place: 50, s: 0 },
    code: `
      if (n >= FIRST) {
        const range = $top - $bottom;
        if (range > ${isNode ? '$least' : least}) $place = ($x - $bottom) / range * 100;
        $s = n === FIRST ? $place : $s + 0.5 * ($place - $s);
        $out = $s;
      }`,
  });
}

function schaff(fast: number, slow: number, n: number): Node {
  const slowEma = ema(close, slow);
  const least = calc('Math.abs($slow) * 1e-9', { slow: slowEma });
  return smoothedPlace(smoothedPlace(difference(ema(close, fast), slowEma), n, least), n, 1e-9);
}

const macd = { origin: 'TA-Lib', talib: 'MACD', tradingSignals: '~ MACD', storage: 'minute', decimals: 3 } as const;

export const macdFamily: Readonly<Record<string, ColumnSpec>> = {
  macd_12_26: {
    ...macd,
    node: withheld(macdLine, macdSignal),
    unit: 'price_diff',
    meaning: 'MACD: EMA of 12 closes less EMA of 26',
    formula:
      'EMA12(close) - EMA26(close); both first at bar 25: the slow one seeded with the mean of closes 0..25, the fast ' +
      'one with the mean of closes 14..25; no value before macd_signal_9 has one (bar 33)',
    parameters: { fast: 12, slow: 26 },
  },
  macd_signal_9: {
    ...macd,
    node: macdSignal,
    unit: 'price_diff',
    meaning: 'Signal line of the MACD: its EMA of 9',
    formula: 'EMA9 of the line of macd_12_26, seeded with the mean of its values at bars 25..33',
    parameters: { n: 9 },
  },
  macd_hist: {
    ...macd,
    node: difference(macdLine, macdSignal),
    unit: 'price_diff',
    meaning: 'MACD less its signal line',
    formula: 'macd_12_26 - macd_signal_9',
    parameters: { fast: 12, slow: 26, signal: 9 },
  },
  apo_12_26: {
    node: difference(ema(close, 12), ema(close, 26)),
    unit: 'price_diff',
    meaning: 'Absolute price oscillator: EMA of 12 closes less EMA of 26',
    formula: 'EMA12(close) - EMA26(close), each seeded with the mean of its first n closes (0..11 and 0..25)',
    parameters: { fast: 12, slow: 26 },
    origin: 'TA-Lib',
    talib: 'APO',
    tradingSignals: '~ APO',
    decimals: 4,
  },
  ppo_12_26: {
    node: ppo,
    unit: 'percent',
    meaning: 'Percentage price oscillator: by how many percent the EMA of 12 closes differs from the EMA of 26',
    formula:
      '100 (EMA12(close) - EMA26(close))/EMA26(close), each seeded with the mean of its first n closes (0..11 and ' +
      '0..25); divisor 0: 0',
    parameters: { fast: 12, slow: 26 },
    origin: 'TA-Lib',
    talib: 'PPO',
    tradingSignals: '~ PPO',
    storage: 'minute',
    decimals: 4,
  },
  ppo_signal_9: {
    node: ppoSignal,
    unit: 'percent',
    meaning: 'EMA of 9 of ppo_12_26',
    formula: 'EMA9(ppo_12_26), seeded with the mean of its first n values',
    parameters: { n: 9 },
    origin: 'composed',
    talib: 'PPO+EMA',
    tradingSignals: '~ PPO',
    decimals: 4,
  },
  ppo_hist: {
    node: difference(ppo, ppoSignal),
    unit: 'percent',
    meaning: 'ppo_12_26 less its signal line',
    formula: 'ppo_12_26 - ppo_signal_9',
    parameters: { fast: 12, slow: 26, signal: 9 },
    origin: 'composed',
    talib: 'PPO+EMA',
    tradingSignals: '~ PPO',
    decimals: 4,
  },
};

export const trendCycle: Readonly<Record<string, ColumnSpec>> = {
  stc_23_50_10: {
    node: schaff(23, 50, 10),
    unit: 'percent',
    meaning: 'Schaff trend cycle: a stochastic of a stochastic of the MACD(23, 50), 0..100',
    formula:
      'm = EMA23(close) - EMA50(close), seeded with the means of their first 23 and 50 closes, first at bar 49. ' +
      'p = 100 (m - lowest)/(highest - lowest) of the last 10 m; where that range is at most 1e-9 EMA50(close), p is ' +
      'the p before (50 before there is any). f = the first p (bar 58), then f += 0.5 (p - f). The same again with f ' +
      'for m: q = 100 (f - lowest)/(highest - lowest) of the last 10 f; where that range is at most 1e-9, q is the q ' +
      'before (50 before there is any); stc = the first q (bar 67), then stc += 0.5 (q - stc). First at bar 67',
    parameters: { fast: 23, slow: 50, n: 10 },
    origin: 'own',
    tradingSignals: '~ STC',
    storage: 'minute',
  },
};
