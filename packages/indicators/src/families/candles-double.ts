/** Candlestick patterns of two bars. `[1]` in formulas: the bar before. */
import { close, high, low, type Node, node, open } from '../graph/node.ts';
import type { ColumnSpec } from '../registry/define.ts';
import {
  body,
  bodyBottom,
  bodyTop,
  DOJI,
  has,
  LONG,
  LONG_LOWER,
  LONG_UPPER,
  NO_LOWER,
  NO_UPPER,
  nearby,
  SHORT,
  shape,
  WHITE,
} from './candles-shape.ts';

const ALL = { o: open, h: high, l: low, c: close, s: shape, near: nearby, body, top: bodyTop, bottom: bodyBottom };
type Name = keyof typeof ALL;

/** A pattern whose `expression` looks at `now` of its last bar and, one bar back, at `before`. */
function pattern(name: string, now: readonly Name[], before: readonly Name[], expression: string, first = 11): Node {
  const inputs = Object.fromEntries([...now, ...before].map((input) => [input, ALL[input]]));
  const history = Object.fromEntries(before.map((input) => [input, 1]));
  const ready = Math.max(...Object.values(inputs).map((input) => input.first));
  const code = `$out = n < ${first} ? NaN : ${expression};`;
  return node({ name: `candles ${name}`, inputs, history, lag: first - ready, code });
}

/** The second body within the first's, opposite to it in sign; 80 where they end at one price. */
function within(name: string, second: string): Node {
  return pattern(
    name,
    ['s', 'top', 'bottom'],
    ['s', 'top', 'bottom'],
    `$s[1] & ${LONG} && ${second} && $top <= $top[1] && $bottom >= $bottom[1]
      ? ($top < $top[1] && $bottom > $bottom[1] ? 100 : 80) * ($s[1] & ${WHITE} ? -1 : 1) : 0`,
  );
}

const engulfing = pattern(
  'engulfing',
  ['o', 'c'],
  ['o', 'c'],
  `$c >= $o
    ? $c[1] < $o[1] && $c >= $o[1] && $o <= $c[1] && ($c > $o[1] || $o < $c[1])
      ? $c !== $o[1] && $o !== $c[1] ? 100 : 80 : 0
    : $c[1] >= $o[1] && $o >= $c[1] && $c <= $o[1] && ($o > $c[1] || $c < $o[1])
      ? $c !== $o[1] && $o !== $c[1] ? -100 : -80 : 0`,
  2,
);

const umbrella = has('$s', SHORT | LONG_LOWER | NO_UPPER);
const inverted = has('$s', SHORT | LONG_UPPER | NO_LOWER);
const UMBRELLA =
  'body < mean body of the 10 bars before; lower shadow > own body; upper shadow < 0.1 x mean range of the 10 bars before';
const INVERTED =
  'body < mean body of the 10 bars before; upper shadow > own body; lower shadow < 0.1 x mean range of the 10 bars before';
const WITHIN =
  'with body[1] > mean body of the 10 bars before it and the last body inside the one before (max(open, close) <= ' +
  'max(open, close)[1], min(open, close) >= min(open, close)[1]): 100, or 80 where an end is equal; negative if ' +
  'close[1] >= open[1]; else 0';

export const doubleCandles: Record<string, ColumnSpec> = {
  cdl_hammer: {
    node: pattern(
      'hammer',
      ['s', 'bottom'],
      ['l', 'near'],
      `${umbrella} && $bottom <= $l[1] + 0.2 * $near[1] ? 100 : 0`,
    ),
    unit: 'flag',
    meaning: 'Hammer: a long lower shadow under a short body near the last low',
    formula: `100: ${UMBRELLA}; min(open, close) <= low[1] + 0.2 x mean range of the 5 bars before bar [1]; else 0`,
    origin: 'TA-Lib',
    talib: 'CDLHAMMER',
    storage: 'minute',
  },
  cdl_hangingman: {
    node: pattern(
      'hanging man',
      ['s', 'bottom'],
      ['h', 'near'],
      `${umbrella} && $bottom >= $h[1] - 0.2 * $near[1] ? -100 : 0`,
    ),
    unit: 'flag',
    meaning: 'Hanging man: a long lower shadow under a short body near the last high',
    formula: `-100: ${UMBRELLA}; min(open, close) >= high[1] - 0.2 x mean range of the 5 bars before bar [1]; else 0`,
    origin: 'TA-Lib',
    talib: 'CDLHANGINGMAN',
  },
  cdl_invertedhammer: {
    node: pattern('inverted hammer', ['s', 'top'], ['bottom'], `${inverted} && $top < $bottom[1] ? 100 : 0`),
    unit: 'flag',
    meaning: 'Inverted hammer: a long upper shadow on a short body below the last one',
    formula: `100: ${INVERTED}; max(open, close) < min(open, close)[1]; else 0. First value at bar 11`,
    origin: 'TA-Lib',
    talib: 'CDLINVERTEDHAMMER',
  },
  cdl_shootingstar: {
    node: pattern('shooting star', ['s', 'bottom'], ['top'], `${inverted} && $bottom > $top[1] ? -100 : 0`),
    unit: 'flag',
    meaning: 'Shooting star: a long upper shadow on a short body above the last one',
    formula: `-100: ${INVERTED}; min(open, close) > max(open, close)[1]; else 0. First value at bar 11`,
    origin: 'TA-Lib',
    talib: 'CDLSHOOTINGSTAR',
    storage: 'minute',
  },
  cdl_engulfing: {
    node: engulfing,
    unit: 'flag',
    meaning: 'Engulfing: a body that covers the one before, of the other colour',
    formula:
      '100 if white (close >= open) after black (close[1] < open[1]) with close >= open[1] and open <= close[1], not ' +
      'both equal; -100 if black after white with open >= close[1] and close <= open[1], not both equal; 80 or -80 ' +
      'instead where one of the two is equal; else 0. First value at bar 2',
    origin: 'TA-Lib',
    talib: 'CDLENGULFING',
    storage: 'minute',
  },
  cdl_harami: {
    node: within('harami', `($s & ${LONG}) === 0`),
    unit: 'flag',
    meaning: 'Harami: a short body inside the long one before',
    formula: `body <= mean body of the 10 bars before, and ${WITHIN}`,
    origin: 'TA-Lib',
    talib: 'CDLHARAMI',
  },
  cdl_haramicross: {
    node: within('harami cross', `$s & ${DOJI}`),
    unit: 'flag',
    meaning: 'Harami cross: a doji inside the long body before',
    formula: `body <= 0.1 x mean range of the 10 bars before, and ${WITHIN}`,
    origin: 'TA-Lib',
    talib: 'CDLHARAMICROSS',
  },
  cdl_piercing: {
    node: pattern(
      'piercing',
      ['s', 'o', 'c'],
      ['s', 'o', 'c', 'l', 'body'],
      `${has('$s', LONG | WHITE)} && ${has('$s[1]', LONG, WHITE)} && $o < $l[1] && $c < $o[1] && $c > $c[1] + 0.5 * $body[1]
        ? 100 : 0`,
    ),
    unit: 'flag',
    meaning: 'Piercing line: opens under a long black bar and closes in the upper half of its body',
    formula:
      '100: close[1] < open[1], close >= open, each body > mean body of the 10 bars before it, open < low[1], ' +
      'close[1] + 0.5 body[1] < close < open[1]; else 0',
    origin: 'TA-Lib',
    talib: 'CDLPIERCING',
  },
  cdl_darkcloudcover: {
    node: pattern(
      'dark cloud cover',
      ['s', 'o', 'c'],
      ['s', 'o', 'c', 'h', 'body'],
      `($s & ${WHITE}) === 0 && ${has('$s[1]', LONG | WHITE)} && $o > $h[1] && $c > $o[1] && $c < $c[1] - 0.5 * $body[1]
        ? -100 : 0`,
    ),
    unit: 'flag',
    parameters: { penetration: 0.5 },
    meaning: 'Dark cloud cover: opens over a long white bar and closes in the lower half of its body',
    formula:
      '-100: close[1] >= open[1], close < open, body[1] > mean body of the 10 bars before bar [1], open > high[1], ' +
      'open[1] < close < close[1] - penetration body[1]; else 0',
    origin: 'TA-Lib',
    talib: 'CDLDARKCLOUDCOVER',
  },
};
