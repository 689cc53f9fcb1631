import type { Series } from '../support/series.ts';
import { from, perBar, sum } from './support/arrays.ts';
import type { Oracle, Oracles, Values } from './support/oracle.ts';
import { atr } from './support/prices.ts';
import { nearEdge, replayZones, scoreOf, type ZoneThen } from './support/zone-replay.ts';

const FIRST = 19;

const liveZones = (bars: Series, bar: number, side: ZoneThen['side']): readonly ZoneThen[] =>
  replayZones(bars).live[bar]!.filter((zone) => zone.side === side);

const isIn = ({ low, high }: ZoneThen, close: number): boolean => low <= close && close <= high;

/** The one nearest under the close, else the one that the close is deepest in. */
const demand = (value: (zone: ZoneThen) => number): Oracle =>
  nearest('demand', value, (zones, close) => {
    const under = zones.filter(({ high }) => high <= close).sort((a, b) => b.high - a.high);
    const around = zones.filter(({ high }) => high > close).sort((a, b) => a.high - b.high);
    return under[0] ?? around[0];
  });

const supply = (value: (zone: ZoneThen) => number): Oracle =>
  nearest('supply', value, (zones, close) => {
    const over = zones.filter(({ low }) => low >= close).sort((a, b) => a.low - b.low);
    const around = zones.filter(({ low }) => low < close).sort((a, b) => b.low - a.low);
    return over[0] ?? around[0];
  });

function nearest(
  side: ZoneThen['side'],
  value: (zone: ZoneThen) => number,
  choose: (zones: readonly ZoneThen[], close: number) => ZoneThen | undefined,
): Oracle {
  return (bars) =>
    perBar(bars.length, (bar) => {
      const zone = choose(liveZones(bars, bar, side), bars.close[bar]!);
      return zone === undefined ? Number.NaN : value(zone);
    });
}

function zoneSide(bars: Series): Values {
  const isInside = (bar: number, side: ZoneThen['side']): number =>
    Number(liveZones(bars, bar, side).some((zone) => isIn(zone, bars.close[bar]!)));
  return from(
    FIRST,
    perBar(bars.length, (bar) => isInside(bar, 'demand') - isInside(bar, 'supply')),
  );
}

function imbalance(bars: Series): Values {
  const range = atr(bars, 14);
  const around = (bar: number, side: ZoneThen['side']): number => {
    const close = bars.close[bar]!;
    const near = liveZones(bars, bar, side).filter(
      (zone) => isIn(zone, close) || Math.abs(nearEdge(zone) - close) <= 3 * range[bar]!,
    );
    return sum(near.map(scoreOf));
  };
  return from(
    FIRST,
    perBar(bars.length, (bar) => {
      const [demands, supplies] = [around(bar, 'demand'), around(bar, 'supply')];
      return demands + supplies === 0 ? 0 : (demands - supplies) / (demands + supplies);
    }),
  );
}

export const zones: Oracles = {
  supply_low: supply(({ low }) => low),
  supply_high: supply(({ high }) => high),
  supply_score: supply(scoreOf),
  supply_tests: supply(({ tests }) => tests),
  demand_low: demand(({ low }) => low),
  demand_high: demand(({ high }) => high),
  demand_score: demand(scoreOf),
  demand_tests: demand(({ tests }) => tests),
  zone_side: zoneSide,
  zone_imbalance: imbalance,
};
