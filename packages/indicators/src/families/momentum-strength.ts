/** Rises against falls. */
import { ago, calc, close, high, low, type Node, node, open } from '../graph/node.ts';
import { positiveSum } from '../graph/positive-sums.ts';
import { percentRankOfPrevious } from '../graph/rank.ts';
import { roc } from '../graph/rates.ts';
import { rsi, wilderMoves } from '../graph/strength.ts';
import { sum } from '../graph/windows.ts';
import type { ColumnSpec } from '../registry/define.ts';

const bodyUp = calc('$c > $o ? $c - $o : 0', { c: close, o: open });
const body = calc('Math.abs($c - $o)', { c: close, o: open });

/** How many closes in a row have risen (positive) or fallen (negative); 0 after an unchanged one. */
const streak = node({
  name: 'streak',
  inputs: { c: close },
  history: { c: 1 },
  state: { count: 0 },
  code: `
    if (n > 0) {
      const before = $c[1];
      if ($c > before) $count = $count > 0 ? $count + 1 : 1;
      else if ($c < before) $count = $count < 0 ? $count - 1 : -1;
      else $count = 0;
    }
    $out = $count;`,
});

/** Highs above the high before, lows below the low before: by how much. */
const higherHigh = calc('$h > $before ? $h - $before : 0', { h: high, before: ago(high, 1) });
const lowerLow = calc('$l < $before ? $before - $l : 0', { l: low, before: ago(low, 1) });

/**
 * Laguerre RSI. The four lines of the filter are kept as differences from the close, so that the rounding of prices
 * does not decide where they lie close together.
 */
function laguerre(gamma: number): Node {
  return node({
    name: 'laguerreRsi',
    parameters: [gamma],
    inputs: { c: close },
    history: { c: 1 },
    state: { m0: 0, m1: 0, m2: 0, m3: 0, value: 0.5 },
    lag: 3,
    code: `
      if (n > 0) {
        const move = $c - $c[1];
        const old0 = $m0 - move, old1 = $m1 - move, old2 = $m2 - move;
        $m0 = ${gamma} * old0;
        $m1 = old0 + ${gamma} * (old1 - $m0);
        $m2 = old1 + ${gamma} * (old2 - $m1);
        $m3 = old2 + ${gamma} * ($m3 - move - $m2);
        let up = 0, all = 0;
        const d0 = $m0 - $m1, d1 = $m1 - $m2, d2 = $m2 - $m3;
        if (d0 > 0) { up += d0; all += d0; } else all -= d0;
        if (d1 > 0) { up += d1; all += d1; } else all -= d1;
        if (d2 > 0) { up += d2; all += d2; } else all -= d2;
        if (all > 1e-9 * $c) $value = up / all;
      }
      if (n >= 3) $out = $value;`,
  });
}

function relativeStrength(n: number): ColumnSpec {
  return {
    node: rsi(close, n),
    unit: 'percent',
    meaning: `Relative strength index of ${n} bars: the share of rises in all movement`,
    formula:
      'g, l = Wilder means of the gains and losses from close to close: means over bars 1..n first, then ' +
      'g = ((n-1) g + gain)/n; 100 g/(g + l); g + l < 1e-14: 0',
    parameters: { n },
    origin: 'TA-Lib',
    talib: 'RSI',
    tradingSignals: '=f RSI',
    storage: 'minute',
  };
}

export const strength: Readonly<Record<string, ColumnSpec>> = {
  rsi_7: relativeStrength(7),
  rsi_14: relativeStrength(14),
  cmo_14: {
    node: calc('$up + $down < 1e-14 ? 0 : 100 * (($up - $down) / ($up + $down))', wilderMoves(close, 14)),
    unit: 'score',
    meaning: 'Chande momentum oscillator of 14 bars, Wilder means: -100 all falls, 100 all rises',
    formula: 'g, l as in rsi_14; 100 (g - l)/(g + l); g + l < 1e-14: 0',
    parameters: { n: 14 },
    origin: 'TA-Lib',
    talib: 'CMO',
    tradingSignals: '≠ CMO',
    storage: 'minute',
  },
  imi_14: {
    node: calc('$all > 0 ? 100 * ($up / $all) : 50', { up: positiveSum(bodyUp, 14), all: positiveSum(body, 14) }),
    unit: 'percent',
    meaning: 'Intraday momentum index of 14 bars: the share of rising bodies in all bodies',
    formula: 'over the last n bars: 100 sum(close - open where above 0)/sum(abs(close - open)); no body in them: 50',
    parameters: { n: 14 },
    origin: 'TA-Lib',
    talib: 'IMI',
    tradingSignals: '= IMI',
  },
};

export const otherStrength: Readonly<Record<string, ColumnSpec>> = {
  crsi_3_2_100: {
    node: calc('($price + $run + $rank) / 3', {
      price: rsi(close, 3),
      run: rsi(streak, 2),
      rank: percentRankOfPrevious(roc(close, 1), 100),
    }),
    unit: 'score',
    meaning:
      'Connors RSI: mean of a short RSI, an RSI of the streak of rises or falls, and the rank of the last change',
    formula:
      'mean of three: (1) RSI3 of the close; (2) RSI2 of the streak: 0 at bar 0; on a rise of the close 1, or one more ' +
      'than a positive streak before; on a fall -1, or one less than a negative streak before; on an unchanged close 0; ' +
      '(3) of the 100 changes before this one, the percentage below this one, equal ones not counted; ' +
      'change = 100 (close/previous close - 1). Both RSI as rsi_14 with their n, the second seeded with bars 1 and 2; ' +
      'first at bar 101',
    parameters: { rsi: 3, streak: 2, rank: 100 },
    origin: 'own',
    tradingSignals: '= ConnorsRSI',
    storage: 'minute',
  },
  demarker_14: {
    node: calc('$up + $down > 0 ? $up / ($up + $down) : 0.5', {
      up: positiveSum(higherHigh, 14),
      down: positiveSum(lowerLow, 14),
    }),
    unit: 'ratio',
    meaning: 'DeMarker of 14 bars: the share of higher highs in higher highs and lower lows',
    formula:
      'u = sum of max(high - previous high, 0), d = sum of max(previous low - low, 0), over the last n bars; ' +
      'u/(u + d); both 0: 0.5; first at bar n',
    parameters: { n: 14 },
    origin: 'own',
    tradingSignals: '= DeMarker',
  },
  psl_12: {
    node: calc('100 * $rises / 12', {
      rises: sum(calc('$c > $before ? 1 : 0', { c: close, before: ago(close, 1) }), 12),
    }),
    unit: 'percent',
    meaning: 'Psychological line: the share of the last 12 bars that closed above the bar before',
    formula: '100 (number of the last n bars with close > previous close)/n; first at bar n',
    parameters: { n: 12 },
    origin: 'own',
    tradingSignals: '= PSL',
  },
  lrsi: {
    node: laguerre(0.5),
    unit: 'ratio',
    meaning: 'Laguerre RSI, gamma 0.5: 0 all falls, 1 all rises, with little lag',
    formula:
      'four lines, all equal to the close at bar 0; then with g = gamma and [1] for the bar before: ' +
      'L0 = (1-g) close + g L0[1]; L1 = -g L0 + L0[1] + g L1[1]; L2 = -g L1 + L1[1] + g L2[1]; ' +
      'L3 = -g L2 + L2[1] + g L3[1]. Of the differences L0-L1, L1-L2, L2-L3: u = sum of the positive ones, ' +
      'd = sum of the negative ones as positive; u/(u + d). Where u + d <= 1e-9 close the value of the bar before stays ' +
      '(0.5 before there is any). To be computed with the lines as differences from the close, as prices would be ' +
      'rounded too coarsely on quiet stretches. First at bar 3',
    parameters: { gamma: 0.5 },
    origin: 'own',
    tradingSignals: '~ LaguerreRSI',
  },
};
