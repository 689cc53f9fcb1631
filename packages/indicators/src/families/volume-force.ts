/** Price moves weighed with the volume that came with them. */
import { ema } from '../graph/averages.ts';
import { ago, calc, close, high, kernel, low, type Node, node, volume } from '../graph/node.ts';
import { range } from '../graph/ranges.ts';
import { sessionSum } from '../graph/session.ts';
import { closeWeightedVolume } from '../graph/volumes.ts';
import { change, run, sum } from '../graph/windows.ts';
import type { ColumnSpec } from '../registry/define.ts';
import { median, typical } from './transforms.ts';

function easeOfMovement(n: number): Node {
  const ease = calc('$v > 0 ? $move * $range / ($v * 0.0001) : 0', {
    move: change(median, 1),
    range,
    v: volume,
  });
  return calc(`$same >= ${n} ? $ease : $s * ${1 / n}`, { s: sum(ease, n), ease, same: run(ease) });
}

/**
 * Klinger's: `span` adds up the ranges since the typical price last changed direction. Typical prices that differ by
 * rounding alone are equal: a change of direction would outlive the mistake.
 */
const volumeForce = node({
  name: 'volumeForce',
  inputs: { tp: typical, range, v: volume },
  history: { tp: 1, range: 1 },
  state: { trend: 0, span: 0 },
  lag: 1,
  code: `
    if (n > 0) {
      const moved = $tp - $tp[1];
      if (moved > 1e-12 * $tp) { if ($trend !== 1) { $trend = 1; $span = $range[1]; } }
      else if (-moved > 1e-12 * $tp && $trend !== -1) { $trend = -1; $span = $range[1]; }
      $span += $range;
      const force = $span > 0 ? Math.abs(2 * $range / $span - 1) * 100 * $v : 0;
      $out = $trend < 0 ? -force : force;
    }`,
});
const klinger = calc('$fast - $slow', { fast: ema(volumeForce, 34), slow: ema(volumeForce, 55) });

const volumeIndex = kernel({
  name: 'volumeIndex',
  inputs: { c: close, v: volume },
  history: { c: 1, v: 1 },
  state: { lower: 1000, higher: 1000 },
  outputs: { negative: 0, positive: 0 },
  code: `
    if (n > 0 && $c > 0 && $c[1] > 0) {
      if ($v < $v[1]) $lower *= $c / $c[1];
      else if ($v > $v[1]) $higher *= $c / $c[1];
    }
    $negative = $lower;
    $positive = $higher;`,
});

function runningSum(term: Node): Node {
  return node({
    name: 'runningSum',
    inputs: { term },
    state: { s: 0 },
    code: `
      if (n >= FIRST) { $s += $term; $out = $s; }`,
  });
}

const moveWithVolume = calc('$before > 0 ? ($c - $before) / $before * $v : 0', {
  c: close,
  before: ago(close, 1),
  v: volume,
});

const williamsMove = calc('$c > $before ? $c - Math.min($l, $before) : $c < $before ? $c - Math.max($h, $before) : 0', {
  c: close,
  before: ago(close, 1),
  h: high,
  l: low,
});

export const volumeForces: Readonly<Record<string, ColumnSpec>> = {
  emv_14: {
    node: easeOfMovement(14),
    unit: 'score',
    meaning: 'Ease of movement: how far the middle of the bar moves for the volume it takes, mean of 14 bars',
    formula:
      'm = (high + low)/2; term = (m - previous m) * (high - low) / (volume/10000), no volume: 0; ' +
      'mean of the last n terms. The first term is of bar 1: first value at bar n. Goes with the square of the price',
    parameters: { n: 14 },
    origin: 'own',
    tradingSignals: '= EMV',
    decimals: 4,
  },
  kvo_34_55: {
    node: klinger,
    unit: 'volume',
    meaning: 'Klinger volume oscillator: fast minus slow average of the volume force',
    formula:
      'tp = (high + low + close)/3; trend +1 from a bar with tp > previous tp, -1 from one with tp < previous tp, ' +
      'kept on equal (to 1e-12); when the trend changes (or is set for the first time) span = high - low of the bar before; ' +
      'then, on every bar from bar 1, span += high - low (0 before the first); ' +
      'force = trend * 100 * volume * abs(2 (high - low)/span - 1), span = 0: 0, trend counting as +1 until it is set; ' +
      'EMA34(force) - EMA55(force), each seeded with the mean of its first n forces, k = 2/(n + 1)',
    parameters: { fast: 34, slow: 55 },
    origin: 'own',
    tradingSignals: '~ KVO',
  },
  kvo_signal_13: {
    node: ema(klinger, 13),
    unit: 'volume',
    meaning: 'Signal line of the Klinger volume oscillator',
    formula: 'EMA13 of kvo_34_55, seeded with the mean of its first 13 values',
    parameters: { fast: 34, slow: 55, signal: 13 },
    origin: 'own',
    tradingSignals: '~ KVO',
  },
  nvi: {
    node: volumeIndex.negative,
    unit: 'score',
    meaning: 'Negative volume index: follows the close on bars with less volume than the one before',
    formula:
      '1000 at bar 0; where volume < previous volume: times close / previous close; else unchanged; ' +
      'unchanged too if either close is 0',
    origin: 'own',
    tradingSignals: '= NVI',
    storage: 'minute',
    decimals: 2,
    valueType: 'f64',
  },
  pvi: {
    node: volumeIndex.positive,
    unit: 'score',
    meaning: 'Positive volume index: follows the close on bars with more volume than the one before',
    formula:
      '1000 at bar 0; where volume > previous volume: times close / previous close; else unchanged; ' +
      'unchanged too if either close is 0',
    origin: 'own',
    tradingSignals: '= PVI',
    storage: 'minute',
    decimals: 2,
    valueType: 'f64',
  },
  pvt: {
    node: runningSum(moveWithVolume),
    unit: 'volume',
    meaning: 'Price volume trend: running sum of volume times the relative change of the close',
    formula:
      'running sum, from bar 1, of volume * (close - previous close)/previous close (1 percent counts 0.01); ' +
      'previous close 0 adds 0',
    origin: 'own',
    tradingSignals: '= PVT',
    storage: 'minute',
    decimals: 1,
  },
  wad: {
    node: runningSum(williamsMove),
    unit: 'price_diff',
    meaning: 'Williams accumulation/distribution: running sum of moves from the true low or high, without volume',
    formula:
      'running sum, from bar 1: close > previous close adds close - min(low, previous close); ' +
      'close < previous close adds close - max(high, previous close); equal adds 0',
    origin: 'own',
    tradingSignals: '= WAD',
    valueType: 'f64',
  },
  mfi_bw: {
    node: calc('$v > 0 ? $range / $v : 0', { range, v: volume }),
    unit: 'price_diff',
    meaning: 'Market facilitation index (Bill Williams): range per share traded, rupees',
    formula: '(high - low)/volume; no volume: 0',
    origin: 'own',
    tradingSignals: '= MarketFacilitationIndex',
    decimals: 9,
  },
  clv_delta: {
    node: closeWeightedVolume,
    unit: 'volume',
    meaning: 'Volume weighted by where the bar closed: all of it at the high, minus all of it at the low',
    formula: '((close - low) - (high - close))/(high - low) * volume; no range: 0',
    origin: 'own',
    storage: 'minute',
  },
  session_delta: {
    node: sessionSum(closeWeightedVolume),
    unit: 'volume',
    meaning: 'Sum of clv_delta since the open',
    formula: "sum of clv_delta from the session's first bar to this one",
    origin: 'own',
    storage: 'minute',
  },
};
