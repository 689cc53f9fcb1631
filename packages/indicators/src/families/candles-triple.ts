/** Candlestick patterns of three and four bars. `[1]` and `[2]` in formulas: one bar and two bars before. */
import { close, high, type Node, node, open } from '../graph/node.ts';
import type { ColumnSpec } from '../registry/define.ts';
import {
  body,
  bodyBottom,
  bodyTop,
  DOJI,
  has,
  LONG,
  NO_LOWER,
  NO_UPPER,
  nearby,
  shape,
  WHITE,
} from './candles-shape.ts';

const ALL = { o: open, h: high, c: close, s: shape, near: nearby, body, top: bodyTop, bottom: bodyBottom };

/** A pattern with its first value at bar `first`; `inputs` gives how many bars back it looks at each. */
function pattern(name: string, first: number, inputs: Partial<Record<keyof typeof ALL, number>>, code: string): Node {
  const used = Object.fromEntries(Object.keys(inputs).map((input) => [input, ALL[input as keyof typeof ALL]]));
  const history = Object.fromEntries(Object.entries(inputs).filter(([, bars]) => bars > 0));
  const ready = Math.max(...Object.values(used).map((input) => input.first));
  const guarded = `$out = n < ${first} ? NaN : ${code};`;
  return node({ name: `candles ${name}`, inputs: used, history, lag: first - ready, code: guarded });
}

/** A long body, a small one apart from it, a long one of the other colour back past 0.3 of the first. */
function star(name: string, side: 'morning' | 'evening', small: string): Node {
  return side === 'morning'
    ? pattern(
        name,
        12,
        { s: 2, c: 2, body: 2, top: 1, bottom: 2 },
        `${has('$s', LONG | WHITE)} && ${has('$s[2]', LONG, WHITE)} && ${small}
          && $top[1] < $bottom[2] && $c > $c[2] + 0.3 * $body[2] ? 100 : 0`,
      )
    : pattern(
        name,
        12,
        { s: 2, c: 2, body: 2, bottom: 1, top: 2 },
        `${has('$s', LONG, WHITE)} && ${has('$s[2]', LONG | WHITE)} && ${small}
          && $bottom[1] > $top[2] && $c < $c[2] - 0.3 * $body[2] ? -100 : 0`,
      );
}

const SMALL = has('$s[1]', 0, LONG);
const CROSS = has('$s[1]', DOJI);

const threeWhiteSoldiers = pattern(
  'three white soldiers',
  12,
  { s: 2, o: 2, c: 2, body: 2, near: 2 },
  `${has('$s', LONG | WHITE | NO_UPPER)} && ${has('$s[1]', WHITE | NO_UPPER)} && ${has('$s[2]', WHITE | NO_UPPER)}
    && $c > $c[1] && $c[1] > $c[2]
    && $o[1] > $o[2] && $o[1] <= $c[2] + 0.2 * $near[2] && $o > $o[1] && $o <= $c[1] + 0.2 * $near[1]
    && $body[1] > $body[2] - 0.6 * $near[2] && $body > $body[1] - 0.6 * $near[1] ? 100 : 0`,
);

const threeBlackCrows = pattern(
  'three black crows',
  13,
  { s: 3, o: 2, c: 2, h: 3 },
  `${has('$s', NO_LOWER, WHITE)} && ${has('$s[1]', NO_LOWER, WHITE)} && ${has('$s[2]', NO_LOWER, WHITE)}
    && $s[3] & ${WHITE} && $c < $c[1] && $c[1] < $c[2] && $c[2] < $h[3]
    && $o[1] < $o[2] && $o[1] > $c[2] && $o < $o[1] && $o > $c[1] ? -100 : 0`,
);

const threeInside = pattern(
  'three inside',
  12,
  { s: 2, c: 0, o: 2, top: 2, bottom: 2 },
  `${has('$s[2]', LONG)} && ${SMALL} && $top[1] < $top[2] && $bottom[1] > $bottom[2]
    ? $s[2] & ${WHITE} ? ($s & ${WHITE}) === 0 && $c < $o[2] ? -100 : 0 : $s & ${WHITE} && $c > $o[2] ? 100 : 0 : 0`,
);

const threeOutside = pattern(
  'three outside',
  3,
  { o: 2, c: 2 },
  `$c[1] >= $o[1]
    ? $c[2] < $o[2] && $c[1] > $o[2] && $o[1] < $c[2] && $c > $c[1] ? 100 : 0
    : $c[2] >= $o[2] && $o[1] > $c[2] && $c[1] < $o[2] && $c < $c[1] ? -100 : 0`,
);

const MORNING =
  'close[2] < open[2], body[2] and the last body each > mean body of the 10 bars before it, max(open, close)[1] < ' +
  'min(open, close)[2], close >= open, close > close[2] + penetration body[2]';
const EVENING =
  'close[2] >= open[2], body[2] and the last body each > mean body of the 10 bars before it, min(open, close)[1] > ' +
  'max(open, close)[2], close < open, close < close[2] - penetration body[2]';
const SMALL_STAR = 'body[1] <= mean body of the 10 bars before bar [1]';
const CROSS_STAR = 'body[1] <= 0.1 x mean range of the 10 bars before bar [1]';

export const tripleCandles: Record<string, ColumnSpec> = {
  cdl_morningstar: {
    node: star('morning star', 'morning', SMALL),
    unit: 'flag',
    parameters: { penetration: 0.3 },
    meaning: 'Morning star: a long black body, a short one under it, a white one back into the first',
    formula: `100: ${MORNING}, ${SMALL_STAR}; else 0`,
    origin: 'TA-Lib',
    talib: 'CDLMORNINGSTAR',
    storage: 'minute',
  },
  cdl_eveningstar: {
    node: star('evening star', 'evening', SMALL),
    unit: 'flag',
    parameters: { penetration: 0.3 },
    meaning: 'Evening star: a long white body, a short one over it, a black one back into the first',
    formula: `-100: ${EVENING}, ${SMALL_STAR}; else 0`,
    origin: 'TA-Lib',
    talib: 'CDLEVENINGSTAR',
    storage: 'minute',
  },
  cdl_morningdojistar: {
    node: star('morning doji star', 'morning', CROSS),
    unit: 'flag',
    parameters: { penetration: 0.3 },
    meaning: 'Morning doji star: a morning star whose middle bar is a doji',
    formula: `100: ${MORNING}, ${CROSS_STAR}; else 0`,
    origin: 'TA-Lib',
    talib: 'CDLMORNINGDOJISTAR',
  },
  cdl_eveningdojistar: {
    node: star('evening doji star', 'evening', CROSS),
    unit: 'flag',
    parameters: { penetration: 0.3 },
    meaning: 'Evening doji star: an evening star whose middle bar is a doji',
    formula: `-100: ${EVENING}, ${CROSS_STAR}; else 0`,
    origin: 'TA-Lib',
    talib: 'CDLEVENINGDOJISTAR',
  },
  cdl_3whitesoldiers: {
    node: threeWhiteSoldiers,
    unit: 'flag',
    meaning: 'Three white soldiers: three white bars that close higher and higher at their highs',
    formula:
      '100: three bars with close >= open and upper shadow < 0.1 x mean range of the 10 bars before each; close > ' +
      'close[1] > close[2]; with m the mean range of the 5 bars before a bar: open[2] < open[1] <= close[2] + 0.2 m[2], ' +
      'open[1] < open <= close[1] + 0.2 m[1], body[1] > body[2] - 0.6 m[2], body > body[1] - 0.6 m[1]; body > mean body ' +
      'of the 10 bars before; else 0',
    origin: 'TA-Lib',
    talib: 'CDL3WHITESOLDIERS',
  },
  cdl_3blackcrows: {
    node: threeBlackCrows,
    unit: 'flag',
    meaning: 'Three black crows: after a white bar, three black ones that close lower and lower at their lows',
    formula:
      '-100: close[3] >= open[3]; three bars with close < open and lower shadow < 0.1 x mean range of the 10 bars before ' +
      'each; close < close[1] < close[2] < high[3]; close[2] < open[1] < open[2], close[1] < open < open[1]; else 0. ' +
      'First value at bar 13',
    origin: 'TA-Lib',
    talib: 'CDL3BLACKCROWS',
  },
  cdl_3inside: {
    node: threeInside,
    unit: 'flag',
    meaning: 'Three inside: a harami confirmed by a close beyond the first open',
    formula:
      'with body[2] > mean body of the 10 bars before bar [2], body[1] <= mean body of the 10 bars before bar [1], ' +
      'max(open, close)[1] < max(open, close)[2] and min(open, close)[1] > min(open, close)[2]: 100 if close[2] < ' +
      'open[2], close >= open and close > open[2]; -100 if close[2] >= open[2], close < open and close < open[2]; else 0',
    origin: 'TA-Lib',
    talib: 'CDL3INSIDE',
  },
  cdl_3outside: {
    node: threeOutside,
    unit: 'flag',
    meaning: 'Three outside: an engulfing body confirmed by a close further on',
    formula:
      '100: close[2] < open[2], close[1] >= open[1], open[1] < close[2], close[1] > open[2], close > close[1]; -100: ' +
      'close[2] >= open[2], close[1] < open[1], open[1] > close[2], close[1] < open[2], close < close[1]; else 0. First ' +
      'value at bar 3',
    origin: 'TA-Lib',
    talib: 'CDL3OUTSIDE',
  },
};
