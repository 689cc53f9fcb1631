import type { BarArrays } from '../engine/bar-arrays.ts';
import { IndicatorEngine } from '../engine/indicator-engine.ts';
import { advanceZones, readZones, ZONES_SIZE, type ZoneEvent, type ZoneListener } from './supply-demand.ts';

/** Something that happened to a zone; edges and score as they were after it (at the end of the zone: before it). */
export interface ZoneMoment {
  /**
   * `broken`: the close went through it, and `died` follows on the same bar. `merged`: it took in others that
   * overlap, or, as a zone's last event, was taken in by the one named in `mergedInto`.
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

/** As `ZoneTrace`, of all bars at once. */
export function traceZones(bars: BarArrays): ZoneHistory {
  const trace = new ZoneTrace();
  trace.take(bars);
  return trace.history();
}

/**
 * The zones behind the `supply_` and `demand_` columns, and how they came to be: the same code over the same bars,
 * which may be given piece by piece.
 */
export class ZoneTrace {
  private readonly engine = new IndicatorEngine(['atr_14', 'rvol_20'], 1);
  private readonly memory = new Float64Array(ZONES_SIZE);
  private readonly nearest = new Float64Array(10);
  private readonly drafts = new Map<number, Draft>();
  private absorbed: Draft[] = [];
  private bar = 0;

  /** Goes on with the bars that follow. Errors: bars lack open, high, low, close or volume. */
  take(bars: BarArrays): void {
    const { open, high, low, close } = bars;
    if (!open || !high || !low || !close) throw new Error('zones need open, high, low and close');
    const atr = new Float64Array(bars.length);
    const rvol = new Float64Array(bars.length);
    this.engine.run(0, bars, [atr, rvol]);
    for (let index = 0; index < bars.length; index += 1) {
      const [o, h, l, c] = [open[index]!, high[index]!, low[index]!, close[index]!];
      advanceZones(this.memory, 0, this.bar, this.nearest, o, h, l, c, atr[index]!, rvol[index]!, this.listen);
      this.bar += 1;
    }
  }

  /** What all bars so far have made. */
  history(): ZoneHistory {
    const live = [true, false].flatMap((isSupply) => readZones(this.memory, 0, this.bar - 1, isSupply));
    const scores = new Map(live.map(({ mark, score }) => [mark, score]));
    return {
      zones: [...this.drafts].map(([mark, draft]) => {
        const score = scores.get(mark);
        return score === undefined ? draft : { ...draft, score };
      }),
    };
  }

  private readonly listen: ZoneListener = (event, mark, near, far, score, tests) => {
    const draft = this.drafts.get(mark) ?? begin(mark);
    this.drafts.set(mark, draft);
    const edges = { low: Math.min(near, far), high: Math.max(near, far) };
    if (event === 'absorbed') {
      Object.assign(draft, { ...edges, score, tests });
      this.absorbed.push(draft);
      return;
    }
    if (event === 'merged') {
      for (const gone of this.absorbed) if (gone !== draft) end(gone, this.bar, draft.id);
      this.absorbed = [];
    }
    Object.assign(draft, { ...edges, score, tests, isLive: event !== 'died' });
    draft.events.push({ event, bar: this.bar, ...edges, score });
  };
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
