/** Normalised waves: Fisher transform, relative vigor, WaveTrend. And the count of Tom DeMark. */
import { distanceFromEma, ema } from '../graph/averages.ts';
import { calc, close, kernel, node, open } from '../graph/node.ts';
import { positiveSum } from '../graph/positive-sums.ts';
import { range } from '../graph/ranges.ts';
import { shortMean, symmetricMean } from '../graph/short-means.ts';
import { highest, lowest, sum } from '../graph/windows.ts';
import type { ColumnSpec } from '../registry/define.ts';
import { median, typical } from './transforms.ts';

const fisher = kernel({
  name: 'fisher',
  inputs: { p: median, top: highest(median, 10), bottom: lowest(median, 10) },
  state: { place: 0, transform: 0 },
  outputs: { fisher: 0, signal: 0 },
  code: `
    if (n >= FIRST) {
      const place = $top > $bottom ? ($p - $bottom) / ($top - $bottom) - 0.5 : 0;
      $place = 0.66 * place + 0.67 * $place;
      if ($place > 0.99) $place = 0.999;
      else if ($place < -0.99) $place = -0.999;
      $signal = $transform;
      $transform = 0.5 * Math.log((1 + $place) / (1 - $place)) + 0.5 * $transform;
      $fisher = $transform;
    }`,
});

const vigor = calc('$ranges > 0 ? $bodies / $ranges : 0', {
  bodies: sum(symmetricMean(calc('$c - $o', { c: close, o: open })), 10),
  ranges: positiveSum(symmetricMean(range), 10),
});

const distance = distanceFromEma(typical, 10);
const channelIndex = calc('$d > 1e-9 * ($p - $m) ? $m / (0.015 * $d) : 0', {
  p: typical,
  m: distance,
  d: ema(calc('Math.abs($m)', { m: distance }), 10),
});
const wave = ema(channelIndex, 21);

const setup = node({
  name: 'tdSetup',
  inputs: { c: close },
  history: { c: 4 },
  state: { count: 0 },
  lag: 4,
  code: `
    if (n >= 4) {
      const before = $c[4];
      if ($c > before) $count = $count > 0 && $count < 9 ? $count + 1 : 1;
      else if ($c < before) $count = $count < 0 && $count > -9 ? $count - 1 : -1;
      else $count = 0;
      $out = $count;
    }`,
});

export const fisherTransform: Readonly<Record<string, ColumnSpec>> = {
  fisher_10: {
    node: fisher.fisher,
    unit: 'score',
    meaning: 'Fisher transform of the place of the bar middle in its range of 10 bars',
    formula:
      'm = medprice; x = (m - lowest)/(highest - lowest) - 0.5 of the last n m, no range: 0; v = 0.66 x + 0.67 v[1], ' +
      'where above 0.99 set to 0.999, below -0.99 to -0.999 (and so carried on); ' +
      'fisher = 0.5 ln((1 + v)/(1 - v)) + 0.5 fisher[1]; [1] = at the bar before; v and fisher are 0 before bar n-1',
    parameters: { n: 10 },
    origin: 'own',
    tradingSignals: '=f FisherTransform',
    storage: 'minute',
    decimals: 2,
  },
  fisher_signal: {
    node: fisher.signal,
    unit: 'score',
    meaning: 'fisher_10 of the bar before',
    formula: 'fisher_10 of the bar before; 0 at bar n-1, the first',
    parameters: { n: 10 },
    origin: 'own',
    tradingSignals: '=f FisherTransform',
    decimals: 2,
  },
};

export const waves: Readonly<Record<string, ColumnSpec>> = {
  rvgi_10: {
    node: vigor,
    unit: 'ratio',
    meaning: 'Relative vigor index of 10 bars: bodies over ranges, both smoothed',
    formula:
      'w(x) = (x + 2 x[1] + 2 x[2] + x[3])/6, [k] = k bars ago; sum of the last n w(close - open) / sum of the last n ' +
      'w(high - low); no range in them: 0; first at bar 12',
    parameters: { n: 10 },
    origin: 'own',
    tradingSignals: '= RelativeVigorIndex',
  },
  rvgi_signal: {
    node: symmetricMean(vigor),
    unit: 'ratio',
    meaning: 'Signal line of rvgi_10: its weighted mean of 4',
    formula: '(r + 2 r[1] + 2 r[2] + r[3])/6 of r = rvgi_10; first at bar 15',
    parameters: { n: 10 },
    origin: 'own',
    tradingSignals: '= RelativeVigorIndex',
  },
  wt1: {
    node: wave,
    unit: 'score',
    meaning: 'WaveTrend 10/21 of the typical price',
    formula:
      'p = typprice; e = EMA10(p), first at bar 9; d = EMA10(abs(p - e)), first at bar 18; c = (p - e)/(0.015 d), 0 ' +
      'where d <= 1e-9 e; wt1 = EMA21(c); every EMA seeded with the mean of its first n inputs. p - e ' +
      'to be carried on as a difference, (the one before + p - p[1]) 9/11, as prices would be rounded too coarsely on ' +
      'quiet stretches. First at bar 38',
    parameters: { channel: 10, average: 21 },
    origin: 'own',
    tradingSignals: '~ WaveTrend',
    storage: 'minute',
  },
  wt2: {
    node: shortMean(wave, 4),
    unit: 'score',
    meaning: 'Signal line of WaveTrend: mean of 4 of wt1',
    formula: 'mean of the last n wt1; first at bar 41',
    parameters: { n: 4 },
    origin: 'own',
    tradingSignals: '~ WaveTrend',
    storage: 'minute',
  },
};

export const sequential: Readonly<Record<string, ColumnSpec>> = {
  td_setup: {
    node: setup,
    unit: 'flag',
    meaning: 'TD sequential setup: how many closes in a row above (1..9) or below (-1..-9) the close of 4 bars before',
    formula:
      'close > close 4 bars ago: 1, or one more than the value before where that was 1..8; close < close 4 bars ago: ' +
      '-1, or one less than the value before where that was -1..-8; equal: 0. After 9 (-9) the count starts again at ' +
      '1 (-1)',
    parameters: { back: 4, complete: 9 },
    origin: 'own',
    tradingSignals: '≠ TDS',
    storage: 'minute',
  },
};
