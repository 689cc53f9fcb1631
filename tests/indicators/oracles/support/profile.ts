import type { Series } from '../../support/series.ts';
import { highest, sum } from './arrays.ts';
import { sessions } from './sessions.ts';

export interface VolumeProfile {
  readonly poc: number;
  readonly vah: number;
  readonly val: number;
}

const LOWEST = -512;
const HIGHEST = 511;
const NUDGE = 1e-9;

/** The volume profile of the session so far, on each bar. */
export function volumeProfiles(bars: Series): readonly VolumeProfile[] {
  return sessions(bars).flatMap((session) => {
    const middle = bars.open[session[0]!]!;
    const width = binWidth(middle, bars.tick[session[0]!]!);
    const binOf = (price: number): number =>
      Math.min(HIGHEST, Math.max(LOWEST, Math.floor((price - middle) / width + 0.5 + NUDGE)));
    const touched = session.map((bar) => ({
      volume: bars.volume[bar]!,
      bottom: binOf(bars.low[bar]!),
      top: binOf(bars.high[bar]!),
    }));
    return session.map((bar, index) => {
      const typical = (bars.high[bar]! + bars.low[bar]! + bars.close[bar]!) / 3;
      const bins = area(touched.slice(0, index + 1));
      if (bins === null) return { poc: typical, vah: typical, val: typical };
      const centre = (bin: number): number => middle + bin * width;
      return { poc: centre(bins.poc), vah: centre(bins.to), val: centre(bins.from) };
    });
  });
}

interface Touched {
  readonly volume: number;
  readonly bottom: number;
  readonly top: number;
}

/** The fullest bin and the ends of the value area; null without volume. */
function area(bars: readonly Touched[]): { poc: number; from: number; to: number } | null {
  const total = sum(bars.map(({ volume }) => volume));
  if (total === 0) return null;
  const bins = new Array<number>(HIGHEST - LOWEST + 1).fill(0);
  for (const { volume, bottom, top } of bars) {
    for (let bin = bottom; bin <= top; bin += 1) bins[bin - LOWEST]! += volume / (top - bottom + 1);
  }
  const equal = 1e-12 * total;
  const held = (bin: number): number => bins[bin - LOWEST]!;
  const traded = bins.flatMap((value, index) => (value > 0 ? [index + LOWEST] : []));
  const [bottom, top] = [traded[0]!, traded.at(-1)!];
  const most = highest(bins);
  const poc = traded.filter((bin) => held(bin) >= most - equal).sort((a, b) => Math.abs(a) - Math.abs(b) || b - a)[0]!;

  let [from, to, inside] = [poc, poc, held(poc)];
  while (inside < 0.7 * total - equal && (from > bottom || to < top)) {
    const isUp = from === bottom || (to < top && held(to + 1) >= held(from - 1) - equal);
    if (isUp) to += 1;
    else from -= 1;
    inside += held(isUp ? to : from);
  }
  return { poc, from, to };
}

function binWidth(open: number, tick: number): number {
  if (!(tick > 0)) return 0.0005 * open;
  return tick * Math.max(1, Math.floor((0.0005 * open) / tick + 0.5 + NUDGE));
}
