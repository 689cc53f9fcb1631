import { type EpochMs, istIso, type TradingDate } from '@rtp/core';
import {
  type IndicatorColumn,
  indicatorColumn,
  LevelTrace,
  type PriceLevel,
  type PriceZone,
  ZoneTrace,
} from '@rtp/indicators';
import { storeClientErrors } from '../errors.ts';
import type {
  LevelsQuery,
  PriceLevelEvent,
  PriceZoneEvent,
  SymbolLevel,
  SymbolLevels,
  SymbolZone,
} from '../indicator-data.ts';
import { Pace } from '../pace.ts';
import { checkRange } from '../queries/check-range.ts';
import type { NumberRunner } from '../queries/query-runner.ts';
import { describeDays, findSymbol, queryDates, querySymbols, requireDays } from '../queries/symbols-query.ts';
import { giveEngine, takeEngine } from './engine-pool.ts';
import { NumberList } from './number-list.ts';
import { readSeries, type SeriesQuery } from './series.ts';
import { roundedAs } from './shown-value.ts';

const FIELDS = new Set(['open', 'high', 'low', 'close', 'volume', 'tick'] as const);
const ATR = 'atr_14';
const showAs = (column: string): ((value: number) => number) => roundedAs(indicatorColumn(column) as IndicatorColumn);
const showAtr = showAs(ATR);
const showPrice = showAs('sr_r1');
const showStrength = showAs('sr_r1_strength');
const showEdge = showAs('demand_low');
const showScore = showAs('demand_score');

/**
 * Levels and zones of a symbol after the last bar of `date` (of the newest day without one), the same as behind the
 * `sr_`, `supply_` and `demand_` columns of that bar. Errors: RTP_SYMBOL_UNKNOWN, RTP_DAY_UNKNOWN, RTP_QUERY_INVALID.
 */
export async function readLevels(run: NumberRunner, query: LevelsQuery): Promise<SymbolLevels> {
  const { timeframe } = query;
  const { symbol, instrumentId } = findSymbol(await querySymbols(run), query.symbol);
  const dates = await queryDates(run);
  const last = query.date ?? dates.at(-1);
  if (last === undefined) throw storeClientErrors.create('RTP_DAY_UNKNOWN', `${describeDays(dates)}.`);
  checkRange(timeframe, last, last);
  requireDays(dates, last, last);
  const story = await trace(run, { instrumentId, timeframe, first: dates[0] as TradingDate, last });
  const { times, close, atr } = story;
  const isEmpty = times.length === 0;
  const teller = new Teller(times, close, atr, query.history === true);
  return {
    symbol,
    timeframe,
    time: isEmpty ? null : times[times.length - 1]!,
    close: isEmpty ? null : close,
    atr_14: Number.isNaN(atr) ? null : showAtr(atr),
    levels: sorted(await told(story.levels, teller, (level) => teller.level(level))),
    zones: sorted(await told(story.zones, teller, (zone) => teller.zone(zone))),
  };
}

async function told<From extends { readonly isLive: boolean }, To>(
  all: readonly From[],
  teller: Teller,
  tell: (one: From) => To,
): Promise<readonly To[]> {
  const pace = new Pace();
  const made: To[] = [];
  for (const one of all) {
    if (!teller.tells(one)) continue;
    made.push(tell(one));
    await pace.rest();
  }
  return made;
}

interface Story {
  readonly times: Float64Array;
  readonly close: number;
  readonly atr: number;
  readonly levels: readonly PriceLevel[];
  readonly zones: readonly PriceZone[];
}

async function trace(run: NumberRunner, series: SeriesQuery): Promise<Story> {
  const pace = new Pace();
  const levels = new LevelTrace();
  const zones = new ZoneTrace();
  const engine = takeEngine([ATR]);
  const times = new NumberList();
  let close = Number.NaN;
  let atr = Number.NaN;
  for await (const slice of readSeries(run, series, FIELDS)) {
    const { bars } = slice;
    const atrs = new Float64Array(bars.length);
    engine.run(0, bars, [atrs]);
    levels.take(bars);
    zones.take(bars);
    times.push(slice.times);
    close = bars.close![bars.length - 1]!;
    atr = atrs[bars.length - 1]!;
    await pace.rest();
  }
  giveEngine(engine);
  return { times: times.values(), close, atr, levels: levels.history().levels, zones: zones.history().zones };
}

/** Tells what happened by instants instead of bars, in rupees and scores as the columns show them. */
class Teller {
  private readonly times: Float64Array;
  private readonly close: number;
  private readonly atr: number;
  private readonly history: boolean;

  constructor(times: Float64Array, close: number, atr: number, history: boolean) {
    this.times = times;
    this.close = close;
    this.atr = atr;
    this.history = history;
  }

  tells({ isLive }: { readonly isLive: boolean }): boolean {
    return this.history || isLive;
  }

  level(level: PriceLevel): SymbolLevel {
    const { kind, side, touches, isLive, bornAt, events } = level;
    const price = showPrice(level.price);
    const touched = events.findLast(({ event }) => event !== 'broken' && event !== 'died');
    return {
      id: this.idOf(kind, bornAt),
      side,
      kind,
      price,
      strength: showStrength(level.strength),
      touches,
      ...this.distances(price, price),
      born: this.timeOf(bornAt),
      last_touched: this.timeOf(touched?.bar ?? bornAt),
      live: isLive,
      ...(this.history
        ? { died: this.endOf(isLive, events), events: events.map((event) => this.levelEvent(event)) }
        : {}),
    };
  }

  zone(zone: PriceZone): SymbolZone {
    const { side, tests, isLive, bornAt, events, mergedInto } = zone;
    const [low, high] = [showEdge(zone.low), showEdge(zone.high)];
    const touched = isLive
      ? events.findLast(({ event }) => event !== 'broken')
      : events.findLast(({ event }) => event === 'tested');
    const ended = {
      died: this.endOf(isLive, events),
      merged_into: mergedInto === null ? null : this.idOfMark(mergedInto),
    };
    return {
      id: this.idOf(side, bornAt),
      side,
      low,
      high,
      score: showScore(zone.score),
      tests,
      ...this.distances(low, high),
      born: this.timeOf(bornAt),
      last_touched: this.timeOf(touched?.bar ?? bornAt),
      live: isLive,
      ...(this.history ? { ...ended, events: events.map((event) => this.zoneEvent(event)) } : {}),
    };
  }

  private levelEvent({ event, bar, price, strength }: PriceLevel['events'][number]): PriceLevelEvent {
    return { event, time: this.timeOf(bar), price: showPrice(price), strength: showStrength(strength) };
  }

  private zoneEvent({ event, bar, low, high, score }: PriceZone['events'][number]): PriceZoneEvent {
    const edges = { low: showEdge(low), high: showEdge(high) };
    return { event, time: this.timeOf(bar), ...edges, score: showScore(score) };
  }

  private distances(low: number, high: number): { distance: number; distance_atr: number | null } {
    const distance = low > this.close ? low - this.close : high < this.close ? high - this.close : 0;
    const inAtr = distance / this.atr;
    return { distance: rounded(distance), distance_atr: Number.isFinite(inAtr) ? rounded(inAtr) : null };
  }

  private endOf(isLive: boolean, events: readonly { readonly bar: number }[]): EpochMs | null {
    return isLive ? null : this.timeOf(events.at(-1)!.bar);
  }

  private timeOf(bar: number): EpochMs {
    return this.times[bar]!;
  }

  /** `demand-2016-09-30T10:05`: the bar's index would be another once an older bar is filled in. */
  private idOf(kind: string, bar: number): string {
    return `${kind}-${istIso(this.timeOf(bar)).slice(0, 16)}`;
  }

  private idOfMark(id: string): string {
    const [kind, bar] = id.split('-') as [string, string];
    return this.idOf(kind, Number(bar));
  }
}

const rounded = (value: number): number => Math.round(value * 1_000) / 1_000 + 0;

/** Live ones first, from the nearest on; those that are no more by birth. */
function sorted<T extends { readonly live: boolean; readonly distance: number; readonly born: EpochMs }>(
  all: readonly T[],
): readonly T[] {
  const live = all.filter((one) => one.live);
  return [...live.sort((a, b) => Math.abs(a.distance) - Math.abs(b.distance)), ...all.filter((one) => !one.live)];
}
