import type { BarArrays } from '../engine/indicator-engine.ts';
import { columnsOver } from './replay.ts';
import { advanceZones, readZones, ZONES_SIZE, type ZoneEvent } from './supply-demand.ts';

/** Something that happened to a zone; edges and score as they were after it (at the end of the zone: before it). */
export interface ZoneMoment {
  /**
   * `broken`: the close went through it. `merged`: it took in others that overlap, or, as a zone's last event, was
   * taken in by the one named in `mergedInto`.
   */
  readonly event: Exclude<ZoneEvent, 'absorbed'>;
  /** Index of the bar at whose close it became known. */
  readonly bar: number;
  readonly low: number;
  readonly high: number;
  /** 0..100. */
  readonly score: number;
}

/** A zone as it is after the last bar, or as it was at its end. */
export interface PriceZone {
  /** `demand-40`: side and bar of birth. Equal for the same zone in any longer run of the same bars. */
  readonly id: string;
  readonly side: 'supply' | 'demand';
  readonly bornAt: number;
  readonly low: number;
  readonly high: number;
  /** 0..100. */
  readonly score: number;
  /** Since its birth or the last merger. */
  readonly tests: number;
  readonly isLive: boolean;
  /** Id of the zone that took it in. */
  readonly mergedInto: string | null;
  /** In order, `born` first. */
  readonly events: readonly ZoneMoment[];
}

export interface ZoneHistory {
  /** All that ever were, in the order of birth. A new zone that merges at once goes on as the old one. */
  readonly zones: readonly PriceZone[];
}

type Draft = { -readonly [Key in keyof PriceZone]: PriceZone[Key] } & { readonly events: ZoneMoment[] };

/**
 * The zones behind the `supply_` and `demand_` columns, and how they came to be: the same code over the same bars.
 * Errors: bars lack open, high, low, close or volume.
 */
export function traceZones(bars: BarArrays): ZoneHistory {
  const { open, high, low, close } = bars;
  if (!open || !high || !low || !close) throw new Error('zones need open, high, low and close');
  const { atr_14: atr, rvol_20: rvol } = columnsOver(['atr_14', 'rvol_20'], bars);
  const memory = new Float64Array(ZONES_SIZE);
  const out = new Float64Array(10);
  const drafts = new Map<number, Draft>();
  let absorbed: Draft[] = [];
  let bar = 0;
  const listen = (event: ZoneEvent, mark: number, near: number, far: number, score: number, tests: number): void => {
    const draft = drafts.get(mark) ?? begin(mark);
    drafts.set(mark, draft);
    const edges = { low: Math.min(near, far), high: Math.max(near, far) };
    if (event === 'absorbed') {
      Object.assign(draft, { ...edges, score, tests });
      absorbed.push(draft);
      return;
    }
    if (event === 'merged') {
      for (const gone of absorbed) if (gone !== draft) end(gone, bar, draft.id);
      absorbed = [];
    }
    Object.assign(draft, { ...edges, score, tests, isLive: event !== 'died' });
    draft.events.push({ event, bar, ...edges, score });
  };
  for (; bar < bars.length; bar += 1) {
    const [o, h, l, c] = [open[bar]!, high[bar]!, low[bar]!, close[bar]!];
    advanceZones(memory, 0, bar, out, o, h, l, c, atr[bar]!, rvol[bar]!, listen);
  }
  for (const isSupply of [true, false]) {
    for (const { mark, score } of readZones(memory, 0, bars.length - 1, isSupply)) drafts.get(mark)!.score = score;
  }
  return { zones: [...drafts.values()] };
}

function begin(mark: number): Draft {
  const bornAt = Math.floor(mark / 2);
  const side = mark % 2 === 0 ? 'demand' : 'supply';
  const start = { low: 0, high: 0, score: 0, tests: 0, isLive: true, mergedInto: null };
  return { id: `${side}-${bornAt}`, side, bornAt, ...start, events: [] };
}

function end(zone: Draft, bar: number, mergedInto: string): void {
  Object.assign(zone, { isLive: false, mergedInto });
  zone.events.push({ event: 'merged', bar, low: zone.low, high: zone.high, score: zone.score });
}
