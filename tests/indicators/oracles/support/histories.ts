/** Replays told in the words of the package, to be compared with what it tells. */
import type { LevelHistory, PriceLevel, PriceZone, ZoneHistory } from '@rtp/indicators';
import type { Series } from '../../support/series.ts';
import { type Level, replayLevels, strengthOf } from './level-replay.ts';
import { replayZones, scoreOf, type Zone } from './zone-replay.ts';

export function levelHistory(bars: Series): LevelHistory {
  const toLevel = ({ kind, bornAt, price, weight, touches, end, events }: Level): PriceLevel => ({
    id: `${kind}-${bornAt}`,
    kind,
    bornAt,
    price,
    side: price > bars.close[end?.bar ?? bars.length - 1]! ? 'resistance' : 'support',
    strength: strengthOf({ weight }),
    touches,
    isLive: end === null,
    events: events.map(({ event, bar, price, weight }) => ({ event, bar, price, strength: strengthOf({ weight }) })),
  });
  return { levels: replayLevels(bars).levels.map(toLevel) };
}

export function zoneHistory(bars: Series): ZoneHistory {
  const idOf = ({ side, bornAt }: Zone): string => `${side}-${bornAt}`;
  const toZone = (zone: Zone): PriceZone => ({
    id: idOf(zone),
    side: zone.side,
    bornAt: zone.bornAt,
    low: zone.low,
    high: zone.high,
    score: scoreOf(zone),
    tests: zone.tests,
    isLive: zone.end === null,
    mergedInto: zone.end !== null && typeof zone.end.reason !== 'string' ? idOf(zone.end.reason) : null,
    events: zone.events.map(({ event, bar, low, high, s }) => ({ event, bar, low, high, score: scoreOf({ s }) })),
  });
  return { zones: replayZones(bars).zones.map(toZone) };
}

/** Where two histories part, or null: numbers may differ by rounding, nothing else may. */
export function partsAt(got: unknown, want: unknown, where = 'history'): string | null {
  if (typeof got === 'number' && typeof want === 'number') {
    return Math.abs(got - want) <= 1e-9 * Math.abs(want) ? null : `${where}: ${got}, the oracle says ${want}`;
  }
  if (isObject(got) && isObject(want)) {
    for (const key of new Set([...Object.keys(want), ...Object.keys(got)])) {
      const parts = partsAt(got[key], want[key], `${where}.${key}`);
      if (parts !== null) return parts;
    }
    return null;
  }
  return got === want ? null : `${where}: ${String(got)}, the oracle says ${String(want)}`;
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;
