/** Phase of the dominant cycle, its sine wave, the trend line over it and the mode that follows from them. */
import { close, kernel, type Node, node, type Region } from '../graph/node.ts';
import { circle } from './cycle-circle.ts';
import { CYCLE_START, DEGREES, hilbert, smoothedFrom } from './cycle-transform.ts';

/** Longest period of the dominant cycle. */
const LONGEST = 50;
const RING = 64;

const { cycle } = hilbert(CYCLE_START);
const smoothed = smoothedFrom(CYCLE_START);

/** The smoothed price's last cycle against one turn of sine (`real`) and of cosine (`imag`), the newest bar at angle 0. */
const turnRegion: Region = {
  size: RING,
  run: (memory, at, n, out, price, period) => {
    let real = 0;
    let imag = 0;
    if (n >= CYCLE_START) {
      memory[at + (n & (RING - 1))] = price!;
      const length = (period! + 0.5) | 0;
      const steps = circle(length);
      for (let k = 0; k < length; k += 1) {
        const value = memory[at + ((n - k) & (RING - 1))]!;
        real += steps[2 * k]! * value;
        imag += steps[2 * k + 1]! * value;
      }
    }
    out[0] = real;
    out[1] = imag;
  },
};

const turn = kernel({
  name: 'cycleTurn',
  inputs: { smoothed, cycle },
  outputs: { real: 0, imag: 0 },
  region: turnRegion,
});

/** Degrees, -45 to 315. */
export const phase: Node = node({
  name: 'cyclePhase',
  inputs: { real: turn.real, imag: turn.imag, cycle },
  state: { phase: 0 },
  code: `
    if (n >= FIRST) {
      if ($imag !== 0) $phase = Math.atan($real / $imag) * ${DEGREES};
      else if ($real < 0) $phase -= 90;
      else if ($real > 0) $phase += 90;
      $phase += 90;
      $phase += 360 / $cycle;
      if ($imag < 0) $phase += 180;
      if ($phase > 315) $phase -= 360;
      $out = $phase;
    }`,
});

/** Sine of the phase, and of the phase 45 degrees on. */
export const wave: { readonly sine: Node; readonly lead: Node } = kernel({
  name: 'cycleWave',
  inputs: { phase },
  outputs: { sine: 0, lead: 0 },
  code: `
    if (n >= FIRST) {
      $sine = Math.sin($phase * ${1 / DEGREES});
      $lead = Math.sin(($phase + 45) * ${1 / DEGREES});
    }`,
});

/** Mean close of the last cycle, smoothed over four bars. */
export const trendline: Node = node({
  name: 'cycleTrendline',
  inputs: { c: close, cycle },
  history: { c: LONGEST - 1 },
  state: { m1: 0, m2: 0, m3: 0 },
  code: `
    if (n >= FIRST) {
      const length = ($cycle + 0.5) | 0;
      let mean = 0;
      if (length > 0) {
        mean = $c;
        for (let k = 1; k < length; k += 1) mean += $c[k];
        mean /= length;
      }
      $out = (4 * mean + 3 * $m1 + 2 * $m2 + $m3) / 10;
      $m3 = $m2; $m2 = $m1; $m1 = mean;
    }`,
});

/** 1 in a trend, 0 in a cycle. */
export const trendmode: Node = node({
  name: 'cycleTrendmode',
  inputs: { phase, sine: wave.sine, lead: wave.lead, cycle, line: trendline, smoothed },
  state: { before: 0, side: 0, bars: 0 },
  code: `
    if (n >= FIRST) {
      const side = $sine > $lead ? 1 : $sine < $lead ? -1 : 0;
      const hasCrossed = side !== 0 && side !== $side;
      $bars = hasCrossed ? 1 : $bars + 1;
      const turned = $phase - $before;
      const steady = 360 / $cycle;
      $out = hasCrossed || $bars < 0.5 * $cycle || (turned > 0.67 * steady && turned < 1.5 * steady) ? 0 : 1;
      if (Math.abs(($smoothed - $line) / $line) >= 0.015) $out = 1;
      $side = side; $before = $phase;
    }`,
});
