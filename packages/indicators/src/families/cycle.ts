/** Dominant cycle of the close: Ehlers' Hilbert transform as TA-Lib has it. */
import { defineFamily } from '../registry/define.ts';
import { phase, trendmode, wave } from './cycle-phase.ts';
import { CYCLE_START, hilbert, PHASOR_START, shownFrom } from './cycle-transform.ts';

const phasor = hilbert(PHASOR_START);

/** Of `s`, the smoothed close; `[k]` is k bars ago. */
const transform = (start: number): string =>
  's = (4 close + 3 close[1] + 2 close[2] + close[3])/10; before bar 4096 by running sums: a += close, less close[4]; ' +
  'b += 4 close; s = 0.1 b; b -= a; up to bar 2 only a += close and b += (bar + 1) close, bars from 0. ' +
  `From bar ${start} on, with all values before it (of s too) 0: g = 0.075 p[1] + 0.54; H(x) = g (0.0962 x - 0.0962 x[6] - ` +
  '0.5769 x[4] + 0.5769 x[2]); d = H(s), q = H(d), i = d[3]; I = 0.2 (i - H(q)) + 0.8 I[1], Q = 0.2 (q + H(i)) + 0.8 Q[1]; ' +
  'R = 0.2 (I I[1] + Q Q[1]) + 0.8 R[1], M = 0.2 (I Q[1] - Q I[1]) + 0.8 M[1]; x = 360/atan(M/R) in degrees, p[1] if M or R ' +
  'is 0; x limited to at most 1.5 p[1], then to at least 0.67 p[1], then to 6..50; p = 0.2 x + 0.8 p[1]; v = 0.33 p + 0.67 v[1]';
const PHASE =
  'n = v + 0.5 rounded down; re = sum over k = 0..n-1 of sin(360 k/n) s[k], im = the same with cos; f = atan(re/im) in ' +
  'degrees; if im is 0, f[1] less 90 where re < 0, plus 90 where re > 0; then f += 90 + 360/v, plus 180 if im < 0, less 360 ' +
  'if that is above 315. Where prices do not move over the n bars, f is the residue of rounding in this order of operations';

export const cycle = defineFamily('cycle', {
  ht_dcperiod: {
    node: shownFrom(32, phasor.cycle),
    unit: 'bars',
    decimals: 2,
    valueType: 'f32',
    meaning: 'Period of the dominant cycle, bars',
    formula: `v. ${transform(PHASOR_START)}. Shown from bar 32`,
    origin: 'TA-Lib',
    talib: 'HT_DCPERIOD',
  },
  ht_dcphase: {
    node: shownFrom(63, phase),
    unit: 'score',
    meaning: 'Phase of the dominant cycle, degrees from -45 to 315',
    formula: `f. ${transform(CYCLE_START)}; ${PHASE}. Shown from bar 63`,
    origin: 'TA-Lib',
    talib: 'HT_DCPHASE',
  },
  ht_inphase: {
    node: shownFrom(32, phasor.inphase),
    unit: 'price_diff',
    meaning: 'In-phase part of the close: itself without its trend, three bars late',
    formula: `i of the transform of ht_dcperiod: i = d[3]. ${transform(PHASOR_START)}. Shown from bar 32`,
    origin: 'TA-Lib',
    talib: 'HT_PHASOR',
  },
  ht_quadrature: {
    node: shownFrom(32, phasor.quadrature),
    unit: 'price_diff',
    meaning: 'Quadrature part of the close: a quarter of a cycle from the in-phase part',
    formula: `q of the transform of ht_dcperiod: q = H(d). ${transform(PHASOR_START)}. Shown from bar 32`,
    origin: 'TA-Lib',
    talib: 'HT_PHASOR',
  },
  ht_sine: {
    node: shownFrom(63, wave.sine),
    unit: 'ratio',
    meaning: 'Sine of the dominant cycle: -1 at its low, 1 at its high',
    formula: 'sine of ht_dcphase. Shown from bar 63',
    origin: 'TA-Lib',
    talib: 'HT_SINE',
  },
  ht_leadsine: {
    node: shownFrom(63, wave.lead),
    unit: 'ratio',
    meaning: 'Sine of the dominant cycle an eighth of a turn ahead: crosses ht_sine before the cycle turns',
    formula: 'sine of ht_dcphase + 45 degrees. Shown from bar 63',
    origin: 'TA-Lib',
    talib: 'HT_SINE',
  },
  ht_trendmode: {
    node: shownFrom(63, trendmode),
    unit: 'flag',
    meaning: '1 in a trend, 0 in a cycle',
    formula:
      'with f, v and s of ht_dcphase, t of ht_trendline, sine and lead = sines of f and f + 45 degrees (all from bar 37, 0 ' +
      'before): a crossing is a bar where sine > lead and not so on the bar before, or sine < lead and not so on the bar ' +
      'before; b = bars since the last crossing (or bar 37), this one included, 1 on the bar of the crossing. 0 on a crossing, or if b < 0.5 v, or if f - f[1] is ' +
      'more than 0.67 x 360/v and less than 1.5 x 360/v; else 1; but always 1 if abs(s - t)/t >= 0.015. Shown from bar 63',
    origin: 'TA-Lib',
    talib: 'HT_TRENDMODE',
  },
});
