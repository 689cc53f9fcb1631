/** Support and resistance by replay: plain levels in a list, taken through the rules bar after bar. */
import type { Series } from '../../support/series.ts';
import { perBar } from './arrays.ts';
import { sma } from './averages.ts';
import { oncePerSeries } from './once.ts';
import { atr, volumes } from './prices.ts';
import { type Swing, swingsOf } from './swings.ts';

export type LevelEvent = 'born' | 'touched' | 'merged' | 'broken' | 'died';

export interface LevelMoment {
  readonly event: LevelEvent;
  readonly bar: number;
  readonly price: number;
  readonly weight: number;
}

export interface Level {
  readonly kind: Swing['kind'];
  readonly bornAt: number;
  price: number;
  weight: number;
  serves: 'resistance' | 'support';
  lastTouch: number;
  touches: number;
  /** What ended it; null while it lives. */
  end: { readonly bar: number; readonly reason: 'faded' | 'weakest of 24' } | null;
  readonly events: LevelMoment[];
}

export interface LevelReplay {
  /** In the order of birth. */
  readonly levels: readonly Level[];
  /** The live levels after each bar, as they were then. */
  readonly live: readonly (readonly { readonly price: number; readonly weight: number }[])[];
}

export const MOST_LEVELS = 24;
const HALF_LIFE = 750;
const LEAST_WEIGHT = 0.1;
const REST = 5;

const clamp = (rvol: number): number => Math.min(Math.max(rvol, 0.25), 4);

export const replayLevels = oncePerSeries((bars): LevelReplay => {
  const { length, high, low, close } = bars;
  const width = halfWidths(bars);
  const rvol = relativeVolume(bars);
  const swings = swingsOf(bars);
  const levels: Level[] = [];
  const live: { readonly price: number; readonly weight: number }[][] = [];

  for (let bar = 0; bar < length; bar += 1) {
    const w = width[bar]!;
    const [before, now] = [close[bar - 1]!, close[bar]!];
    const alive = (): Level[] => levels.filter(({ end }) => end === null);
    const tell = (level: Level, event: LevelEvent): void => {
      level.events.push({ event, bar, price: level.price, weight: level.weight });
    };
    const drop = (level: Level, reason: 'faded' | 'weakest of 24'): void => {
      level.end = { bar, reason };
      tell(level, 'died');
    };

    for (const level of alive()) {
      level.weight *= 2 ** (-1 / HALF_LIFE);
      if (level.weight < LEAST_WEIGHT) drop(level, 'faded');
    }

    for (const level of alive()) {
      const { price, serves, lastTouch } = level;
      const beyond = (value: number): boolean => (serves === 'resistance' ? value > price + w : value < price - w);
      if (beyond(before) && beyond(now)) {
        level.weight /= 2;
        level.serves = serves === 'resistance' ? 'support' : 'resistance';
        tell(level, 'broken');
        if (level.weight < LEAST_WEIGHT) drop(level, 'faded');
      } else if (
        low[bar]! <= price + w &&
        high[bar]! >= price - w &&
        before >= price === now >= price &&
        bar - lastTouch >= REST
      ) {
        level.weight += 0.5 * clamp(rvol[bar]!);
        level.touches += 1;
        level.lastTouch = bar;
        tell(level, 'touched');
      }
    }

    for (const { kind, at, price } of swings.filter(({ knownAt }) => knownAt === bar)) {
      const distance = (level: Level): number => Math.abs(level.price - price);
      const r = clamp(rvol[at]!);
      const [nearest] = alive()
        .filter((level) => distance(level) <= w)
        .sort((a, b) => distance(a) - distance(b));
      if (nearest !== undefined) {
        nearest.price += ((price - nearest.price) * r) / (nearest.weight + r);
        nearest.weight += r;
        nearest.touches += 1;
        tell(nearest, 'merged');
        continue;
      }
      if (alive().length === MOST_LEVELS) drop(alive().sort((a, b) => a.weight - b.weight)[0]!, 'weakest of 24');
      const serves = price > now ? 'resistance' : 'support';
      const born: Level = {
        ...{ kind, bornAt: bar, price, weight: r, serves, lastTouch: at, touches: 1, end: null, events: [] },
      };
      levels.push(born);
      tell(born, 'born');
    }
    live.push(alive().map(({ price, weight }) => ({ price, weight })));
  }
  return { levels, live };
});

export const strengthOf = ({ weight }: { readonly weight: number }): number => (100 * weight) / (weight + 3);

function halfWidths(bars: Series): readonly number[] {
  const range = atr(bars, 14);
  return range.map((value, bar) => (1 + 1e-9) * Math.max(0.25 * value, 0.0005 * bars.close[bar]!, 2 * bars.tick[bar]!));
}

/** Of the mean of 20 bars; 0 where these have no volume. */
export function relativeVolume(bars: Series): readonly number[] {
  const average = sma(volumes(bars), 20);
  return perBar(bars.length, (bar) => (average[bar] === 0 ? 0 : bars.volume[bar]! / average[bar]!));
}
