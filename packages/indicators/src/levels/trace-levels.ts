import type { BarArrays } from '../engine/bar-arrays.ts';
import { IndicatorEngine } from '../engine/indicator-engine.ts';
import { advanceLevels, LEVELS_SIZE, type LevelEvent, type LevelListener, readLevels } from './price-levels.ts';
import { SWING_SPAN } from './swings.ts';

/** Something that happened to a level; price and strength as they were after it (`died`: at the end). */
export interface LevelMoment {
  /** `merged`: another swing near it was taken in. */
  readonly event: LevelEvent;
  /** Index of the bar at whose close it became known. */
  readonly bar: number;
  readonly price: number;
  /** 0..100. */
  readonly strength: number;
}

/** A level as it is after the last bar, or as it was when it died. */
export interface PriceLevel {
  /** `high-24`: kind and bar of birth. Equal for the same level in any longer run of the same bars. */
  readonly id: string;
  /** The swing that made it. */
  readonly kind: 'high' | 'low';
  readonly bornAt: number;
  readonly price: number;
  /** Resistance above the close, support at or below it. */
  readonly side: 'resistance' | 'support';
  /** 0..100. */
  readonly strength: number;
  /** Swings that it was made of, and touches. */
  readonly touches: number;
  readonly isLive: boolean;
  /** In order, `born` first, `died` last. */
  readonly events: readonly LevelMoment[];
}

export interface LevelHistory {
  /** All that ever were, in the order of birth. */
  readonly levels: readonly PriceLevel[];
}

type Draft = { -readonly [Key in keyof PriceLevel]: PriceLevel[Key] } & { readonly events: LevelMoment[] };

const INPUTS = ['atr_14', 'rvol_20', 'swing_high', 'swing_high_age', 'swing_low', 'swing_low_age'] as const;

/** As `LevelTrace`, of all bars at once. */
export function traceLevels(bars: BarArrays): LevelHistory {
  const trace = new LevelTrace();
  trace.take(bars);
  return trace.history();
}

/**
 * The levels behind the `sr_` columns, and how they came to be: the same code over the same bars, which may be given
 * piece by piece.
 */
export class LevelTrace {
  private readonly engine = new IndicatorEngine(INPUTS, 1);
  private readonly memory = new Float64Array(LEVELS_SIZE);
  private readonly nearest = new Float64Array(12);
  private readonly drafts = new Map<number, Draft>();
  /** Relative volume of the bars before, by bar modulo the span. */
  private readonly volumes = new Float64Array(SWING_SPAN).fill(Number.NaN);
  private bar = 0;
  private close = Number.NaN;

  /** Goes on with the bars that follow. Errors: bars lack high, low, close, volume or tick. */
  take(bars: BarArrays): void {
    const { high, low, close, tick } = bars;
    if (!high || !low || !close || !tick) throw new Error('levels need high, low, close and tick');
    const columns = INPUTS.map(() => new Float64Array(bars.length));
    this.engine.run(0, bars, columns);
    const [atr, rvol, swingHigh, swingHighAge, swingLow, swingLowAge] = columns as [
      Float64Array,
      Float64Array,
      Float64Array,
      Float64Array,
      Float64Array,
      Float64Array,
    ];
    for (let index = 0; index < bars.length; index += 1) {
      const closeBefore = this.close;
      this.close = close[index]!;
      const slot = this.bar % SWING_SPAN;
      advanceLevels(
        this.memory,
        0,
        this.bar,
        this.nearest,
        high[index]!,
        low[index]!,
        this.close,
        closeBefore,
        tick[index]!,
        atr[index]!,
        rvol[index]!,
        swingHigh[index]!,
        swingHighAge[index]!,
        swingLow[index]!,
        swingLowAge[index]!,
        this.volumes[slot]!,
        this.listen,
      );
      this.volumes[slot] = rvol[index]!;
      this.bar += 1;
    }
  }

  /** What all bars so far have made. */
  history(): LevelHistory {
    const live = new Map(readLevels(this.memory, 0, this.bar - 1).map(({ mark, strength }) => [mark, strength]));
    return {
      levels: [...this.drafts].map(([mark, draft]) => {
        const strength = live.get(mark);
        return strength === undefined ? draft : { ...draft, strength, side: sideOf(draft.price, this.close) };
      }),
    };
  }

  private readonly listen: LevelListener = (event, mark, price, strength, touches) => {
    const draft = this.drafts.get(mark) ?? begin(mark);
    this.drafts.set(mark, draft);
    Object.assign(draft, { price, side: sideOf(price, this.close), strength, touches, isLive: event !== 'died' });
    draft.events.push({ event, bar: this.bar, price, strength });
  };
}

function begin(mark: number): Draft {
  const bornAt = Math.floor(mark / 2);
  const kind = mark % 2 === 0 ? 'high' : 'low';
  const start = { price: 0, side: 'support', strength: 0, touches: 0, isLive: true } as const;
  return { id: `${kind}-${bornAt}`, kind, bornAt, ...start, events: [] };
}

function sideOf(price: number, close: number): PriceLevel['side'] {
  return price > close ? 'resistance' : 'support';
}
