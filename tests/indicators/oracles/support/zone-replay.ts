/** Supply and demand by replay: plain zones in a list, taken through the rules bar after bar. */
import type { Series } from '../../support/series.ts';
import { highest, lowest, mean } from './arrays.ts';
import { relativeVolume } from './level-replay.ts';
import { oncePerSeries } from './once.ts';
import { atr } from './prices.ts';

export type ZoneEvent = 'born' | 'tested' | 'merged' | 'broken' | 'died';
type Side = 'demand' | 'supply';

export interface ZoneMoment {
  readonly event: ZoneEvent;
  readonly bar: number;
  readonly low: number;
  readonly high: number;
  readonly s: number;
}

/** What may change from bar to bar. */
interface ZoneState {
  low: number;
  high: number;
  s: number;
  tests: number;
}

export interface Zone extends ZoneState {
  readonly side: Side;
  readonly bornAt: number;
  isArmed: boolean;
  /** What ended it; null while it lives. */
  end: { readonly bar: number; readonly reason: 'broken' | 'faded' | 'weakest of 8' | Zone } | null;
  readonly events: ZoneMoment[];
}

export type ZoneThen = Readonly<ZoneState> & { readonly side: Side };

export interface ZoneReplay {
  /** In the order of birth. */
  readonly zones: readonly Zone[];
  /** The live zones after each bar, as they were then. */
  readonly live: readonly (readonly ZoneThen[])[];
}

/** A base that price has left. */
interface Departure {
  readonly side: Side;
  /** Last bar of the base. */
  readonly baseEnd: number;
  readonly low: number;
  readonly high: number;
  readonly s: number;
}

export const MOST_ZONES = 8;
const HALF_LIFE = 1875;
const LEAST_SCORE = 2;

export const scoreOf = ({ s }: { readonly s: number }): number => (100 * s) / (s + 8);

/** The edge towards price. */
export const nearEdge = ({ side, low, high }: Pick<ZoneThen, 'side' | 'low' | 'high'>): number =>
  side === 'demand' ? high : low;

export const replayZones = oncePerSeries((bars): ZoneReplay => {
  const { length, high, low, close } = bars;
  const range = atr(bars, 14);
  const departure = departuresOf(bars);
  const lastBaseEnd = { demand: -1, supply: -1 };
  const zones: Zone[] = [];
  const live: ZoneThen[][] = [];

  for (let bar = 0; bar < length; bar += 1) {
    const now = close[bar]!;
    const alive = (): Zone[] => zones.filter(({ end }) => end === null);
    const tell = (zone: Zone, event: ZoneEvent): void => {
      zone.events.push({ event, bar, low: zone.low, high: zone.high, s: zone.s });
    };
    const finish = (zone: Zone, event: ZoneEvent, reason: NonNullable<Zone['end']>['reason']): void => {
      zone.end = { bar, reason };
      tell(zone, event);
    };
    const isAway = (zone: Zone): boolean => {
      const distance = zone.side === 'demand' ? now - zone.high : zone.low - now;
      return distance > 0 && distance >= 0.5 * range[bar]!;
    };

    for (const zone of alive()) zone.s *= 2 ** (-1 / HALF_LIFE);

    for (const zone of alive()) {
      if (zone.side === 'demand' ? now < zone.low : now > zone.high) {
        tell(zone, 'broken');
        finish(zone, 'died', 'broken');
        continue;
      }
      const isReached = zone.side === 'demand' ? low[bar]! <= zone.high : high[bar]! >= zone.low;
      if (zone.isArmed && isReached) {
        zone.tests += 1;
        zone.s /= 2;
        zone.isArmed = false;
        tell(zone, 'tested');
      }
      if (scoreOf(zone) < LEAST_SCORE) finish(zone, 'died', 'faded');
      else if (isAway(zone)) zone.isArmed = true;
    }

    const left = departure(bar, lastBaseEnd);
    if (left !== null) {
      lastBaseEnd[left.side] = left.baseEnd;
      const zone = addZone(left);
      zone.isArmed = isAway(zone);
    }
    live.push(alive().map(({ side, low, high, s, tests }) => ({ side, low, high, s, tests })));

    function addZone(fresh: Departure): Zone {
      const union = { low: fresh.low, high: fresh.high, s: fresh.s };
      const taken: Zone[] = [];
      const others = (): Zone[] => alive().filter((zone) => zone.side === fresh.side && !taken.includes(zone));
      for (;;) {
        const next = others().find((zone) => doOverlap(zone, union));
        if (next === undefined) break;
        union.low = Math.min(union.low, next.low);
        union.high = Math.max(union.high, next.high);
        union.s += next.s;
        taken.push(next);
      }
      const oldest = taken.sort((a, b) => a.bornAt - b.bornAt)[0];
      if (oldest !== undefined) {
        for (const zone of taken) if (zone !== oldest) finish(zone, 'merged', oldest);
        Object.assign(oldest, union, { tests: 0 });
        tell(oldest, 'merged');
        return oldest;
      }
      if (others().length === MOST_ZONES) finish(others().sort((a, b) => a.s - b.s)[0]!, 'died', 'weakest of 8');
      const born: Zone = { side: fresh.side, bornAt: bar, ...union, tests: 0, isArmed: false, end: null, events: [] };
      zones.push(born);
      tell(born, 'born');
      return born;
    }
  }
  return { zones, live };
});

type Edges = { readonly low: number; readonly high: number };

/** By half of the thinner one, but for rounding. */
function doOverlap(a: Edges, b: Edges): boolean {
  const common = Math.min(a.high, b.high) - Math.max(a.low, b.low);
  return common >= 0 && common >= 0.499999 * Math.min(a.high - a.low, b.high - b.low);
}

/** The departure that is known at the close of a bar, given the last base that was left to each side. */
function departuresOf(bars: Series): (bar: number, lastBaseEnd: Readonly<Record<Side, number>>) => Departure | null {
  const { open, high, low, close } = bars;
  const range = atr(bars, 14);
  const rvol = relativeVolume(bars);
  const isQuiet = (bar: number): boolean => high[bar]! - low[bar]! <= 0.6 * range[bar]!;

  return (bar, lastBaseEnd) => {
    for (const baseEnd of [bar - 1, bar - 2, bar - 3]) {
      const base = baseBars(baseEnd);
      const busy = mean(rvol.slice(Math.max(0, baseEnd + 1), bar + 1));
      if (base.length === 0 || !(busy >= 1.5)) continue;
      const top = highest(base.map((each) => high[each]!));
      const bottom = lowest(base.map((each) => low[each]!));
      for (const side of ['demand', 'supply'] as const) {
        const distance = side === 'demand' ? close[bar]! - top : bottom - close[bar]!;
        if (distance <= 0 || distance < 2 * range[bar]! || baseEnd <= lastBaseEnd[side]) continue;
        const bodyTop = highest(base.map((each) => Math.max(open[each]!, close[each]!)));
        const bodyBottom = lowest(base.map((each) => Math.min(open[each]!, close[each]!)));
        const edges = side === 'demand' ? { low: bottom, high: bodyTop } : { low: bodyBottom, high: top };
        return { side, baseEnd, ...edges, s: Math.min(distance / range[bar]!, 6) * Math.min(busy, 4) };
      }
    }
    return null;
  };

  /** The bar and the quiet ones in a row before it; none if it is not quiet itself. */
  function baseBars(last: number): readonly number[] {
    const base: number[] = [];
    for (let bar = last; bar >= 0 && base.length < 5 && isQuiet(bar); bar -= 1) base.push(bar);
    return base;
  }
}
