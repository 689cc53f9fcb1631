/** What candlestick patterns ask of a single bar, by TA-Lib's default settings. */
import { calc, close, high, kernel, low, type Node, open } from '../graph/node.ts';
import { range } from '../graph/ranges.ts';

const oc = { o: open, c: close };

/** Length of the real body. */
export const body: Node = calc('Math.abs($c - $o)', oc);
/** Upper end of the real body. */
export const bodyTop: Node = calc('$c >= $o ? $c : $o', oc);
/** Lower end of the real body. */
export const bodyBottom: Node = calc('$c >= $o ? $o : $c', oc);

/** The close is at or above the open; else the bar is black. */
export const WHITE = 1;
/** Body longer than the mean body of the 10 bars before; without it the body counts as no longer than short. */
export const LONG = 2;
/** Body shorter than that mean. */
export const SHORT = 4;
/** Body of at most 0.1 of the mean range of the 10 bars before. */
export const DOJI = 8;
/** Upper shadow under 0.1 of that mean range. */
export const NO_UPPER = 16;
/** Lower shadow under 0.1 of that mean range. */
export const NO_LOWER = 32;
/** Upper shadow over 0.1 of that mean range. */
export const SOME_UPPER = 64;
/** Lower shadow over 0.1 of that mean range. */
export const SOME_LOWER = 128;
/** Upper shadow longer than the bar's own body. */
export const LONG_UPPER = 256;
/** Lower shadow longer than the bar's own body. */
export const LONG_LOWER = 512;

/** The bars before this one, the oldest first. Summed anew on each bar: a tie must not hang on where a series began. */
function before(name: string, bars: number): string {
  return Array.from({ length: bars }, (_, index) => `$${name}[${bars - index}]`).join(' + ');
}

const shapes = kernel({
  name: 'candleShape',
  inputs: { h: high, l: low, o: open, c: close, body, top: bodyTop, bottom: bodyBottom, range },
  history: { body: 10, range: 10 },
  outputs: { shape: 10, nearby: 10 },
  code: `
    if (n >= 10) {
      const meanBody = (${before('body', 10)}) / 10;
      const tenth = 0.1 * ((${before('range', 10)}) / 10);
      const upper = $h - $top;
      const lower = $bottom - $l;
      $shape = ($c >= $o ? ${WHITE} : 0)
        | ($body > meanBody ? ${LONG} : $body < meanBody ? ${SHORT} : 0)
        | ($body <= tenth ? ${DOJI} : 0)
        | (upper < tenth ? ${NO_UPPER} : upper > tenth ? ${SOME_UPPER} : 0)
        | (lower < tenth ? ${NO_LOWER} : lower > tenth ? ${SOME_LOWER} : 0)
        | (upper > $body ? ${LONG_UPPER} : 0)
        | (lower > $body ? ${LONG_LOWER} : 0);
      $nearby = (${before('range', 5)}) / 5;
    }`,
});

/** The words above as one number. */
export const shape: Node = shapes.shape;
/** Mean range of the 5 bars before: 0.2 of it is near, 0.6 is far. */
export const nearby: Node = shapes.nearby;

/** In a kernel's code: the bar has all of `wanted` and none of `unwanted`. `s` is an expression for its shape. */
export function has(s: string, wanted: number, unwanted = 0): string {
  return `(${s} & ${wanted | unwanted}) === ${wanted}`;
}
