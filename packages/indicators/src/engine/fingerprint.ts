import { createHash } from 'node:crypto';
import type { BarArrays } from './bar-arrays.ts';

const BARS = 600;
const BARS_A_SESSION = 200;
/** Digits that count: fewer than a double has, so that another machine's logarithms make no difference. */
const DIGITS = 9;

/**
 * Names what an engine computes: a digest of its code and of what `run` makes of a made-up series. The code alone would
 * not tell of a change in a function that it calls.
 */
export function fingerprintOf(
  code: string,
  columns: readonly string[],
  run: (bars: BarArrays, out: readonly Float64Array[]) => void,
): string {
  const bars = madeUpBars();
  const out = columns.map(() => new Float64Array(bars.length));
  run(bars, out);
  const hash = createHash('sha256').update(code);
  for (const [column, name] of columns.entries()) {
    hash.update(name);
    for (let bar = 0; bar < bars.length; bar += 7) hash.update(out[column]![bar]!.toPrecision(DIGITS));
  }
  return hash.digest('hex').slice(0, 16);
}

/** A walk of three sessions on a tick grid, from a fixed sequence of pseudo-random numbers. */
function madeUpBars(): BarArrays {
  const column = (): Float64Array => new Float64Array(BARS);
  const bars = {
    length: BARS,
    open: column(),
    high: column(),
    low: column(),
    close: column(),
    volume: column(),
    bench: column(),
    session: column(),
    minuteOfDay: column(),
    minuteOfSession: column(),
    tick: column().fill(0.05),
  };
  let seed = 1;
  const step = (most: number): number => {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((seed / 2 ** 32) * (2 * most + 1)) - most;
  };
  let ticks = 20_000;
  let bench = 480_000;
  for (let bar = 0; bar < BARS; bar += 1) {
    const open = ticks + step(3);
    ticks = Math.max(10_000, open + step(bar % 50 === 0 ? 200 : 20));
    bench += step(100);
    bars.open[bar] = open / 20;
    bars.close[bar] = ticks / 20;
    bars.high[bar] = (Math.max(open, ticks) + Math.abs(step(10))) / 20;
    bars.low[bar] = (Math.min(open, ticks) - Math.abs(step(10))) / 20;
    bars.volume[bar] = Math.abs(step(5_000));
    bars.bench[bar] = bench / 20;
    bars.session[bar] = Math.floor(bar / BARS_A_SESSION);
    bars.minuteOfDay[bar] = 555 + (bar % BARS_A_SESSION);
    bars.minuteOfSession[bar] = bar % BARS_A_SESSION;
  }
  return bars;
}
