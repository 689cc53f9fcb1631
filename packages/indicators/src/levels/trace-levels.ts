import type { BarArrays } from '../engine/indicator-engine.ts';
import { advanceLevels, LEVELS_SIZE, type LevelEvent, readLevels } from './price-levels.ts';
import { columnsOver } from './replay.ts';
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

/**
 * The levels behind the `sr_` columns, and how they came to be: the same code over the same bars. Errors: bars lack
 * high, low, close, volume or tick.
 */
export function traceLevels(bars: BarArrays): LevelHistory {
  const { high, low, close, tick } = bars;
  if (!high || !low || !close || !tick) throw new Error('levels need high, low, close and tick');
  const { atr_14: atr, rvol_20: rvol, ...swings } = columnsOver(INPUTS, bars);
  const memory = new Float64Array(LEVELS_SIZE);
  const out = new Float64Array(12);
  const drafts = new Map<number, Draft>();
  let bar = 0;
  const listen = (event: LevelEvent, mark: number, price: number, strength: number, touches: number): void => {
    const draft = drafts.get(mark) ?? begin(mark);
    drafts.set(mark, draft);
    Object.assign(draft, { price, side: sideOf(price, close[bar]!), strength, touches, isLive: event !== 'died' });
    draft.events.push({ event, bar, price, strength });
  };
  for (; bar < bars.length; bar += 1) {
    advanceLevels(
      memory,
      0,
      bar,
      out,
      high[bar]!,
      low[bar]!,
      close[bar]!,
      bar > 0 ? close[bar - 1]! : Number.NaN,
      tick[bar]!,
      atr[bar]!,
      rvol[bar]!,
      swings.swing_high[bar]!,
      swings.swing_high_age[bar]!,
      swings.swing_low[bar]!,
      swings.swing_low_age[bar]!,
      bar < SWING_SPAN ? Number.NaN : rvol[bar - SWING_SPAN]!,
      listen,
    );
  }
  const last = bars.length - 1;
  for (const { mark, strength } of readLevels(memory, 0, last)) {
    const draft = drafts.get(mark)!;
    draft.strength = strength;
    draft.side = sideOf(draft.price, close[last]!);
  }
  return { levels: [...drafts.values()] };
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
