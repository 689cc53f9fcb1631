/** Wilder's parabolic stop and reverse. */
import { calc, close, high, low, node } from '../graph/node.ts';
import type { ColumnSpec } from '../registry/define.ts';

const STEP = 0.02;
const LIMIT = 0.2;

// State is in the coordinates of a long position: for a short one all prices are negated, so that one set of rules
// serves both. `stop` is the next bar's, `peak` the best price since the last reversal.
const value = node({
  name: 'sar',
  parameters: [STEP, LIMIT],
  inputs: { h: high, l: low },
  history: { h: 1, l: 1 },
  state: { side: 1, stop: 0, peak: 0, factor: STEP },
  lag: 1,
  code: `
    if (n > 0) {
      let highBefore = $h[1], lowBefore = $l[1];
      if (n === 1) {
        const down = lowBefore - $l;
        $side = down > 0 && down > $h - highBefore ? -1 : 1;
        $stop = $side > 0 ? lowBefore : -highBefore;
        $peak = $side > 0 ? $h : -$l;
        highBefore = $h;
        lowBefore = $l;
      }
      const long = $side > 0;
      const worst = long ? $l : -$h;
      let bound;
      if (worst <= $stop) {
        bound = long ? -Math.max($h, highBefore) : Math.min($l, lowBefore);
        $side = -$side;
        $stop = Math.min(-$peak, bound);
        $peak = -worst;
        $factor = ${STEP};
        $out = $side * $stop;
      } else {
        $out = $side * $stop;
        const best = long ? $h : -$l;
        if (best > $peak) { $peak = best; $factor = Math.min($factor + ${STEP}, ${LIMIT}); }
        bound = long ? Math.min($l, lowBefore) : -Math.max($h, highBefore);
      }
      $stop = Math.min($stop + $factor * ($peak - $stop), bound);
    }`,
});

export const sar: Readonly<Record<string, ColumnSpec>> = {
  sar: {
    node: value,
    parameters: { step: STEP, limit: LIMIT },
    unit: 'price',
    meaning: 'Parabolic stop and reverse: the stop of the position that the indicator is in',
    formula:
      'Starts at bar 1: short if low[0] - low[1] > max(0, high[1] - high[0]), else long; stop = low[0] (long) or high[0] (short), peak = high[1] or low[1], af = step. ' +
      'Each bar, long: if low <= stop it turns short: sar = max(peak, high, high before), peak = low, af = step, next stop = max(sar + af (peak - sar), high, high before). ' +
      'Else sar = stop; a high > peak becomes the peak and af = min(af + step, limit); next stop = min(sar + af (peak - sar), low, low before). ' +
      'Short is the mirror image (high >= stop turns it). On bar 1 the high and low before are those of bar 1 itself',
    origin: 'TA-Lib',
    talib: 'SAR',
    tradingSignals: '≠ PSAR',
    storage: 'minute',
  },
  sar_side: {
    node: calc('$sar < $c ? 1 : -1', { sar: value, c: close }),
    parameters: { step: STEP, limit: LIMIT },
    unit: 'flag',
    meaning: 'Side of the parabolic stop: 1 below the close, -1 above it',
    formula: '1 if sar < close, else -1',
    origin: 'own',
    storage: 'minute',
  },
};
