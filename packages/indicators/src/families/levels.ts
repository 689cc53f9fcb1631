/** Support and resistance: the price's turning points, and the levels that they make. */
import { ago, calc, close, high, kernel, low, type Node, tick } from '../graph/node.ts';
import { atr } from '../graph/ranges.ts';
import { relativeVolume } from '../graph/volumes.ts';
import { advanceLevels, LEVELS_SIZE } from '../levels/price-levels.ts';
import { SWING_SPAN, swings } from '../levels/swings.ts';
import { type ColumnSpec, defineFamily } from '../registry/define.ts';

const sometimes = { lag: 0, isSparse: true };

const nearest = kernel({
  name: 'levels',
  inputs: {
    high,
    low,
    close,
    closeBefore: ago(close, 1),
    tick,
    atr: atr(14),
    rvol: relativeVolume(20),
    swingHigh: swings.high,
    swingHighAge: swings.highAge,
    swingLow: swings.low,
    swingLowAge: swings.lowAge,
    swingVolume: ago(relativeVolume(20), SWING_SPAN),
  },
  outputs: {
    r1: sometimes,
    r2: sometimes,
    r3: sometimes,
    s1: sometimes,
    s2: sometimes,
    s3: sometimes,
    r1Strength: sometimes,
    r2Strength: sometimes,
    r3Strength: sometimes,
    s1Strength: sometimes,
    s2Strength: sometimes,
    s3Strength: sometimes,
  },
  region: {
    size: LEVELS_SIZE,
    run: (memory, at, n, out, h, l, c, cb, t, a, v, sh, sha, sl, sla, sv) =>
      advanceLevels(memory, at, n, out, h!, l!, c!, cb!, t!, a!, v!, sh!, sha!, sl!, sla!, sv!),
  },
});

const SWING_RULE = 'bar b, known at the close of bar b + 5 (from b = 19 on: atr_14 and rvol_20 of bar b exist), whose';
const AWAY_RULE =
  'and stands at least atr_14 of bar b away, |difference|, from the last such swing on the other side that was known ' +
  'before bar b + 5, if there is one; a bar that fails this is no swing for any purpose';

/** How a level comes to be and what becomes of it, by bar n in this order. */
const LEVEL_RULES = [
  'Levels have price, weight, serving side (resistance or support) and the bar of the last touch; at most 24 live.',
  'On every bar n, with w = (1 + 1e-9) max(0.25 atr_14, 0.0005 close, 2 ticks) of bar n and',
  'clamp(x) = min(max(x, 0.25), 4):',
  '(1) every weight has decayed by 2^(-1/750) since bar n - 1, and levels of weight < 0.1 are dropped;',
  '(2) each level in turn: if close[n - 1] and close[n] are both beyond it, in the direction away from the side it',
  'serves (above a resistance, below a support), by more than this w, it breaks: weight halves, it serves the other',
  'side, and it is dropped if now < 0.1; else if low <= price + w, high >= price - w, close[n - 1] and close[n] are on',
  'the same side (close >= price is one side, close < price the other) and n - bar of its last touch >= 5, it is',
  'touched: weight += 0.5 clamp(rvol_20[n]), last touch n;',
  '(3) a swing high that becomes known on this bar (b = n - 5), then a swing low: with p its price and',
  'r = clamp(rvol_20[b]), the nearest level with |price - p| <= w (equally near: the one born first) absorbs it:',
  'price += (p - price) r/(weight + r), computed like this so that equal prices stay equal, then weight += r, serving',
  'side and last touch unchanged; if there is none, a level of price p, weight r, last touch b is born, which serves as',
  'resistance if p > close[n] and else as support;',
  'were there 24, the one of least weight (equal: born first) is dropped before.',
].join(' ');

const ORDINALS = ['nearest', 'second nearest', 'third nearest'];

function levelColumns(spec: (kind: 'r' | 's', rank: number) => [string, ColumnSpec]): Record<string, ColumnSpec> {
  return Object.fromEntries((['r', 's'] as const).flatMap((kind) => [1, 2, 3].map((rank) => spec(kind, rank))));
}

function room(price: Node, distance: string): Node {
  return calc(`$price === $c ? 0 : Math.min(1000, ${distance} / $atr)`, { price, c: close, atr: atr(14) });
}

export const levels = defineFamily('levels', {
  swing_high: {
    node: swings.high,
    unit: 'price',
    meaning: 'Last confirmed swing high',
    formula: `high of the newest swing high: ${SWING_RULE} high is above the 5 highs before it and not below the 5 highs after it, ${AWAY_RULE}. Null before the first`,
    origin: 'own',
  },
  swing_low: {
    node: swings.low,
    unit: 'price',
    meaning: 'Last confirmed swing low',
    formula: `low of the newest swing low: ${SWING_RULE} low is below the 5 lows before it and not above the 5 lows after it, ${AWAY_RULE}. Null before the first`,
    origin: 'own',
  },
  swing_high_age: {
    node: swings.highAge,
    unit: 'bars',
    meaning: 'Bars since the last confirmed swing high',
    formula: 'n - b for bar b of swing_high, at least 5, at most 32,767; null without one',
    origin: 'own',
  },
  swing_low_age: {
    node: swings.lowAge,
    unit: 'bars',
    meaning: 'Bars since the last confirmed swing low',
    formula: 'n - b for bar b of swing_low, at least 5, at most 32,767; null without one',
    origin: 'own',
  },
  ...levelColumns((kind, rank) => [
    `sr_${kind}${rank}`,
    {
      node: nearest[`${kind}${rank as 1 | 2 | 3}`],
      parameters: { rank },
      unit: 'price',
      meaning: `Price of the ${ORDINALS[rank - 1]} level ${kind === 'r' ? 'above' : 'at or below'} the close`,
      formula: `${ORDINALS[rank - 1]} to the close of the live levels with price ${kind === 'r' ? '>' : '<='} close, after the steps of bar n${kind === 'r' && rank === 1 ? '' : ' (see sr_r1)'}; null if there are fewer.${kind === 'r' && rank === 1 ? ` ${LEVEL_RULES}` : ''}`,
      origin: 'own',
      ...(rank === 1 ? { storage: 'minute' as const } : {}),
    },
  ]),
  ...levelColumns((kind, rank) => [
    `sr_${kind}${rank}_strength`,
    {
      node: nearest[`${kind}${rank as 1 | 2 | 3}Strength`],
      parameters: { rank },
      unit: 'score',
      meaning: `Strength of the ${ORDINALS[rank - 1]} level ${kind === 'r' ? 'above' : 'at or below'} the close`,
      formula: `100 weight/(weight + 3) of the level whose price is sr_${kind}${rank}, its weight as of bar n; null without that level`,
      origin: 'own',
    },
  ]),
  sr_room_up: {
    node: room(nearest.r1, '($price - $c)'),
    unit: 'ratio',
    meaning: 'Distance up to the nearest resistance in average true ranges',
    formula: 'min(1000, (sr_r1 - close)/atr_14); atr_14 0: 1000; null without sr_r1',
    origin: 'own',
  },
  sr_room_down: {
    node: room(nearest.s1, '($c - $price)'),
    unit: 'ratio',
    meaning: 'Distance down to the nearest support in average true ranges',
    formula: 'min(1000, (close - sr_s1)/atr_14); no distance: 0; otherwise atr_14 0: 1000; null without sr_s1',
    origin: 'own',
  },
});
