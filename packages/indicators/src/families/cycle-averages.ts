/** Averages that follow the close by its dominant cycle. */
import { close, kernel } from '../graph/node.ts';
import type { ColumnSpec } from '../registry/define.ts';
import { trendline } from './cycle-phase.ts';
import { DEGREES, hilbert, PHASOR_START, shownFrom } from './cycle-transform.ts';

const FAST = 0.5;
const SLOW = 0.05;

const { inphase, quadrature } = hilbert(PHASOR_START);

const mesa = kernel({
  name: 'mesa',
  parameters: [FAST, SLOW],
  inputs: { c: close, inphase, quadrature },
  state: { phase: 0, fast: 0, slow: 0 },
  outputs: { mama: 0, fama: 0 },
  code: `
    if (n >= FIRST) {
      const phase = $inphase !== 0 ? Math.atan($quadrature / $inphase) * ${DEGREES} : 0;
      const turned = $phase - phase;
      let k = turned > 1 ? ${FAST} / turned : ${FAST};
      if (k < ${SLOW}) k = ${SLOW};
      $phase = phase;
      $fast = k * $c + (1 - k) * $fast;
      k *= 0.5;
      $slow = k * $fast + (1 - k) * $slow;
      $mama = $fast; $fama = $slow;
    }`,
});

const MESA =
  'i and q as ht_inphase and ht_quadrature, from bar 12 on; f = atan(q/i) in degrees, 0 where i is 0; k = fast/(f[1] - f) ' +
  'if f[1] - f > 1, else fast; at least slow. mama = k close + (1 - k) mama[1]; fama = k/2 mama + (1 - k/2) fama[1]; f, ' +
  'mama and fama are 0 before bar 12. Where prices do not move i and q are the residue of rounding in the order of ' +
  'operations of ht_dcperiod. Shown from bar 32';

export const hilbertAverages: Record<string, ColumnSpec> = {
  mama: {
    node: shownFrom(32, mesa.mama),
    unit: 'price',
    parameters: { fast: FAST, slow: SLOW },
    meaning: "Ehlers' MESA adaptive average: quick when the phase of the cycle turns back",
    formula: `mama. ${MESA}`,
    origin: 'TA-Lib',
    talib: 'MAMA',
    tradingSignals: '=f MAMA',
  },
  fama: {
    node: shownFrom(32, mesa.fama),
    unit: 'price',
    parameters: { fast: FAST, slow: SLOW },
    meaning: 'Following average of mama, at half its speed',
    formula: `fama. ${MESA}`,
    origin: 'TA-Lib',
    talib: 'MAMA',
    tradingSignals: '=f MAMA',
  },
  ht_trendline: {
    node: shownFrom(63, trendline),
    unit: 'price',
    meaning: 'Mean close of the dominant cycle, smoothed',
    formula:
      'v as in ht_dcphase (the transform from bar 37 on); n = v + 0.5 rounded down; m = mean of the last n closes, 0 if n ' +
      'is 0, and 0 before bar 37; (4 m + 3 m[1] + 2 m[2] + m[3])/10. Shown from bar 63',
    origin: 'TA-Lib',
    talib: 'HT_TRENDLINE',
    tradingSignals: '= HTTrendline',
  },
};
