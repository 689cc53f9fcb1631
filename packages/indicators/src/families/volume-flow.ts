/** Volume that came in against volume that went out. */
import { ema } from '../graph/averages.ts';
import { calc, close, kernel, type Node, node, volume } from '../graph/node.ts';
import { positiveSum } from '../graph/positive-sums.ts';
import { closeWeightedVolume } from '../graph/volumes.ts';
import { change, REBUILD_BARS, sum } from '../graph/windows.ts';
import type { ColumnSpec } from '../registry/define.ts';
import { typical } from './transforms.ts';

const onBalance = node({
  name: 'onBalanceVolume',
  inputs: { c: close, v: volume },
  history: { c: 1 },
  state: { s: 0 },
  code: `
    if (n === 0 || $c > $c[1]) $s += $v;
    else if ($c < $c[1]) $s -= $v;
    $out = $s;`,
});

const accumulation = node({
  name: 'accumulation',
  inputs: { flow: closeWeightedVolume },
  state: { s: 0 },
  code: '$s += $flow; $out = $s;',
});

/** Difference of two EMAs that start at the first value, without a mean to seed them. */
function accumulationOscillator(fast: number, slow: number): Node {
  return node({
    name: 'accumulationOscillator',
    parameters: [fast, slow],
    inputs: { ad: accumulation },
    state: { fast: 0, slow: 0 },
    lag: slow - 1,
    code: `
      if (n === 0) { $fast = $ad; $slow = $ad; }
      else { $fast += ($ad - $fast) * ${2 / (fast + 1)}; $slow += ($ad - $slow) * ${2 / (slow + 1)}; }
      if (n >= ${slow - 1}) $out = $fast - $slow;`,
  });
}

// Up or down is decided by multiplication: it cannot be foreseen, and a branch guessed wrong costs more.
function moneyFlowIndex(n: number): Node {
  const { rising, falling } = kernel({
    name: 'moneyFlow',
    inputs: { tp: typical, v: volume },
    history: { tp: 1 },
    outputs: { rising: 1, falling: 1 },
    code: `
      if (n > 0) {
        const before = $tp[1];
        const flow = $tp * $v;
        $rising = flow * (($tp > before) | 0);
        $falling = flow * (($tp < before) | 0);
      }`,
  });
  const inputs = { up: positiveSum(rising, n), down: positiveSum(falling, n) };
  return calc('$up + $down < 1 ? 0 : 100 * $up / ($up + $down)', inputs);
}

/** The running sum is added up anew when most of the volume has left the window: rounding is held to what is there. */
function chaikinMoneyFlow(n: number): Node {
  return node({
    name: 'chaikinMoneyFlow',
    parameters: [n],
    inputs: { flow: closeWeightedVolume, total: sum(volume, n) },
    history: { flow: n },
    state: { s: 0, zeros: 0, peak: 0 },
    code: `
      $zeros = $flow === 0 ? $zeros + 1 : 0;
      $s += $flow;
      if (n >= ${n}) $s -= $flow[${n}];
      if (n >= FIRST) {
        if ($total > $peak) $peak = $total;
        if ((n & ${REBUILD_BARS - 1}) === 0 || $total < $peak * ${1 / 1024}) {
          $peak = $total; $s = $flow;
          for (let k = 1; k < ${n}; k += 1) $s += $flow[k];
        }
        $out = $zeros >= ${n} || $total === 0 ? 0 : $s / $total;
      }`,
  });
}

export const volumeFlow: Readonly<Record<string, ColumnSpec>> = {
  obv: {
    node: onBalance,
    unit: 'volume',
    meaning: 'On-balance volume: volume of rising closes minus volume of falling ones',
    formula: 'volume of bar 0; then plus volume if close > previous close, minus volume if below, unchanged if equal',
    origin: 'TA-Lib',
    talib: 'OBV',
    tradingSignals: '≠ OBV',
    storage: 'minute',
  },
  ad: {
    node: accumulation,
    unit: 'volume',
    meaning: 'Chaikin accumulation/distribution line',
    formula: 'running sum, from bar 0, of ((close - low) - (high - close))/(high - low) * volume; no range adds 0',
    origin: 'TA-Lib',
    talib: 'AD',
    tradingSignals: '= AD',
    storage: 'minute',
  },
  adosc_3_10: {
    node: accumulationOscillator(3, 10),
    unit: 'volume',
    meaning: 'Chaikin oscillator: fast minus slow average of the accumulation/distribution line',
    formula:
      'e3 - e10 of ad; both start as ad of bar 0, then e += (ad - e) 2/(n + 1) on every bar; first stated at bar slow - 1',
    parameters: { fast: 3, slow: 10 },
    origin: 'TA-Lib',
    talib: 'ADOSC',
    tradingSignals: '= ADOSC',
    storage: 'minute',
  },
  mfi_14: {
    node: moneyFlowIndex(14),
    unit: 'percent',
    meaning: 'Money flow index: share of the money flow of 14 bars that came with a rising typical price',
    formula:
      'tp = (high + low + close)/3; flow = tp * volume, up if tp > previous tp, down if below, neither if equal; ' +
      '100 * sum of up / (sum of up + sum of down) over the last n bars; both together under 1: 0',
    parameters: { n: 14 },
    origin: 'TA-Lib',
    talib: 'MFI',
    tradingSignals: '=f MFI',
    storage: 'minute',
  },
  cmf_20: {
    node: chaikinMoneyFlow(20),
    unit: 'ratio',
    meaning: 'Chaikin money flow of 20 bars: -1 all closed at the low, +1 all at the high',
    formula: 'sum of the last n clv_delta / sum of the last n volumes; no volume: 0',
    parameters: { n: 20 },
    origin: 'composed',
    talib: 'AD+SUM',
    tradingSignals: '= CMF',
    storage: 'minute',
  },
  force_13: {
    node: ema(calc('$move * $v', { move: change(close, 1), v: volume }), 13),
    unit: 'turnover',
    meaning: 'Force index: averaged product of price change and volume',
    formula:
      'EMA13 of (close - previous close) * volume, seeded with the mean of its first n values (bars 1..n); ' +
      'k = 2/(n + 1)',
    parameters: { n: 13 },
    origin: 'composed',
    talib: 'EMA',
    tradingSignals: '~ ForceIndex',
    storage: 'minute',
  },
};
