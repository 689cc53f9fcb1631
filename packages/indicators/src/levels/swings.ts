/** Turning points of the price, each known five bars after it. */
import { high, kernel, low } from '../graph/node.ts';
import { atr } from '../graph/ranges.ts';
import { relativeVolume } from '../graph/volumes.ts';

/** Bars looked at on either side of a swing: how late it is known. */
export const SWING_SPAN = 5;
const MOST_AGE = 32_767;

const before = Array.from({ length: SWING_SPAN }, (_, k) => `[${SWING_SPAN + 1 + k}]`);
const after = Array.from({ length: SWING_SPAN }, (_, k) => (k === 0 ? '' : `[${k}]`));
const beats = (x: string, strictly: string, weakly: string): string =>
  [...before.map((at) => `${x} ${strictly} $${x}${at}`), ...after.map((at) => `${x} ${weakly} $${x}${at}`)].join(
    ' && ',
  );

const sometimes = { lag: SWING_SPAN, isSparse: true };

/** The last swings and how many bars ago they were; a swing's age is `SWING_SPAN` on the bar that makes it known. */
export const swings = kernel({
  name: 'swings',
  // The relative volume is not used: a swing needs the bar's, because it makes a level.
  inputs: { h: high, l: low, atr: atr(14), rvol: relativeVolume(20) },
  history: { h: 2 * SWING_SPAN, l: 2 * SWING_SPAN, atr: SWING_SPAN },
  state: { top: Number.NaN, topAt: 0, bottom: Number.NaN, bottomAt: 0 },
  outputs: { high: sometimes, low: sometimes, highAge: sometimes, lowAge: sometimes },
  code: `
    if (n >= FIRST + ${SWING_SPAN}) {
      const h = $h[${SWING_SPAN}], l = $l[${SWING_SPAN}], least = $atr[${SWING_SPAN}];
      const isHigh = ${beats('h', '>', '>=')} && !(Math.abs(h - $bottom) < least);
      const isLow = ${beats('l', '<', '<=')} && !(Math.abs(l - $top) < least);
      if (isHigh) { $top = h; $topAt = n - ${SWING_SPAN}; }
      if (isLow) { $bottom = l; $bottomAt = n - ${SWING_SPAN}; }
    }
    $high = $top;
    $low = $bottom;
    if ($top === $top) $highAge = Math.min(${MOST_AGE}, n - $topAt);
    if ($bottom === $bottom) $lowAge = Math.min(${MOST_AGE}, n - $bottomAt);`,
});
