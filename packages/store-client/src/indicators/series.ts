/**
 * The series of an instrument: its whole bars, each at its newest revision, in time order from the first one stored.
 * Longer bars are made of whole minutes by the rules of `barsSql`; what they say of the clock is that of their start.
 */

import {
  mergedWindows,
  type SessionWindow,
  TIMEFRAME_MINUTES,
  type Timeframe,
  type TradingDate,
  tradingDateOf,
} from '@rtp/core';
import { BAR_FIELDS, type BarArrays, type BarField, sessionFields, type TradingDays } from '@rtp/indicators';
import { barsSql } from '../queries/bars-query.ts';
import { dateLiteral, literal, type NumberRunner, type QueryRunner } from '../queries/query-runner.ts';
import { NumberList } from './number-list.ts';

/** Whose close the benchmark columns are measured against. */
const BENCHMARK = 'NIFTY';
/** Bars of a slice at most: a few milliseconds of work at every column there is. */
const SLICE_BARS = 128;
const PAISE_PER_RUPEE = 100;
const MINUTES_A_SESSION = 375;
const PRICES = ['open', 'high', 'low', 'close', 'volume'] as const;
const CLOCK_FIELDS: readonly BarField[] = ['session', 'minuteOfDay', 'minuteOfSession'];

export interface SeriesQuery {
  readonly instrumentId: number;
  readonly timeframe: Timeframe;
  /** The first date stored, whoever's it is, and the last one wanted. */
  readonly first: TradingDate;
  readonly last: TradingDate;
}

/** Some bars of a series: arrays are valid until the next slice is asked for. */
export interface SeriesSlice {
  readonly times: Float64Array;
  readonly bars: BarArrays;
}

/** How many bars of a timeframe a session of the usual length has. */
export function barsASession(timeframe: Timeframe): number {
  return timeframe === '1D' ? 1 : Math.ceil(MINUTES_A_SESSION / TIMEFRAME_MINUTES[timeframe]);
}

/** The series slice by slice, with the fields of `fields`. */
export async function* readSeries(
  run: NumberRunner,
  query: SeriesQuery,
  fields: ReadonlySet<BarField>,
): AsyncGenerator<SeriesSlice> {
  const days = CLOCK_FIELDS.some((field) => fields.has(field)) ? await readTradingDays(run, query) : 'none';
  const ticks = fields.has('tick') ? await readTicks(run, query.instrumentId) : [];
  const bench = fields.has('bench') ? await readBench(run, query) : null;
  const room = Object.fromEntries(BAR_FIELDS.map((field) => [field, new Float64Array(SLICE_BARS)])) as Room;
  const sql = `SELECT time, ${PRICES.join(', ')} FROM (${seriesSql(query)}) ORDER BY time`;
  for await (const [timesAll, ...prices] of run.numbers(sql)) {
    const times = Float64Array.from(timesAll as ArrayLike<number>);
    for (let start = 0; start < times.length; start += SLICE_BARS) {
      const slice = times.subarray(start, start + SLICE_BARS);
      for (const [index, field] of PRICES.entries()) copy(prices[index]!, start, slice.length, room[field]);
      if (days !== 'none') fillClock(room, slice, days);
      if (ticks.length > 0) fillTicks(room.tick, slice, ticks);
      if (bench !== null) bench.fill(room.bench, slice);
      yield { times: slice, bars: { length: slice.length, ...room } };
    }
  }
}

/** Starts of the bars between two dates; of them the newest `limit`. */
export async function readTimes(
  run: NumberRunner,
  query: SeriesQuery,
  from: TradingDate,
  limit: number | undefined,
): Promise<Float64Array> {
  const times = new NumberList();
  const newest = limit === undefined ? {} : { limit };
  const sql = barsSql({ ...query, from, to: query.last, wholeOnly: true, ...newest });
  for await (const [chunk] of run.numbers(`SELECT time FROM (${sql}) ORDER BY time`)) times.push(chunk!);
  return times.values();
}

type Room = { readonly [Field in BarField]: Float64Array };

const seriesSql = ({ instrumentId, timeframe, first, last }: SeriesQuery): string =>
  barsSql({ instrumentId, timeframe, from: first, to: last, wholeOnly: true });

function copy(from: ArrayLike<number>, start: number, count: number, to: Float64Array): void {
  for (let index = 0; index < count; index += 1) to[index] = from[start + index]!;
}

function fillClock(room: Room, times: Float64Array, days: TradingDays): void {
  const fields = sessionFields(times, days);
  room.session.set(fields.session);
  room.minuteOfDay.set(fields.minuteOfDay);
  room.minuteOfSession.set(fields.minuteOfSession);
}

/** The sessions as they were recorded with the days: the windows of all classes together. */
async function readTradingDays(run: QueryRunner, { first, last }: SeriesQuery): Promise<TradingDays> {
  const rows = await run.rows(`SELECT DISTINCT strftime(date, '%Y-%m-%d'), epoch_ms(open_ts)::DOUBLE,
    epoch_ms(close_ts)::DOUBLE FROM sessions WHERE date BETWEEN ${dateLiteral(first)} AND ${dateLiteral(last)}`);
  const windows = new Map<TradingDate, SessionWindow[]>();
  for (const [date, openMs, closeMs] of rows as [TradingDate, number, number][]) {
    const known = windows.get(date) ?? [];
    windows.set(date, [...known, { openMs, closeMs }]);
  }
  const days = new Map([...windows].map(([date, all]) => [date, { windows: mergedWindows(all) }]));
  return { tradingDay: (date) => days.get(date) ?? null };
}

interface Tick {
  readonly from: TradingDate;
  readonly to: TradingDate;
  readonly rupees: number;
}

async function readTicks(run: QueryRunner, instrumentId: number): Promise<readonly Tick[]> {
  const rows = await run.rows(`SELECT strftime(valid_from, '%Y-%m-%d'),
    coalesce(strftime(valid_to, '%Y-%m-%d'), '9999-12-31'), tick_paise::DOUBLE
    FROM instruments WHERE instrument_id = ${instrumentId} ORDER BY valid_from`);
  return (rows as [TradingDate, TradingDate, number][]).map(([from, to, paise]) => {
    return { from, to, rupees: paise / PAISE_PER_RUPEE };
  });
}

/** The tick of the listing valid on a bar's date, else of the one nearest after, else of the last one. */
function fillTicks(to: Float64Array, times: Float64Array, ticks: readonly Tick[]): void {
  const at = (time: number): number => {
    const date = tradingDateOf(time);
    const valid = ticks.find((tick) => tick.from <= date && date <= tick.to) ?? ticks.find((tick) => tick.from > date);
    return (valid ?? ticks.at(-1)!).rupees;
  };
  const [first, last] = [at(times[0]!), at(times[times.length - 1]!)];
  const isOne = first === last && ticks.every(({ rupees }) => rupees === first);
  for (let bar = 0; bar < times.length; bar += 1) to[bar] = isOne ? first : at(times[bar]!);
}

/** Closes of the benchmark; `fill` is called with rising times. */
class Bench {
  private readonly times: Float64Array;
  private readonly closes: Float64Array;
  private next = 0;

  constructor(times: Float64Array, closes: Float64Array) {
    this.times = times;
    this.closes = closes;
  }

  /** The close of that bar, else the last one before. */
  fill(to: Float64Array, times: Float64Array): void {
    for (let bar = 0; bar < times.length; bar += 1) {
      while (this.next < this.times.length && this.times[this.next]! <= times[bar]!) this.next += 1;
      to[bar] = this.closes[this.next - 1] ?? Number.NaN;
    }
  }
}

async function readBench(run: NumberRunner, query: SeriesQuery): Promise<Bench> {
  const [row] = await run.rows(`SELECT instrument_id::DOUBLE FROM instruments
    WHERE symbol = ${literal(BENCHMARK)} AND class = 'index' ORDER BY valid_from DESC LIMIT 1`);
  const times = new NumberList();
  const closes = new NumberList();
  if (row !== undefined) {
    const sql = seriesSql({ ...query, instrumentId: row[0] as number });
    for await (const [time, close] of run.numbers(`SELECT time, close FROM (${sql}) ORDER BY time`)) {
      times.push(time!);
      closes.push(close!);
    }
  }
  return new Bench(times.values(), closes.values());
}
