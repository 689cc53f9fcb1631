/**
 * Three short days of a share and of NIFTY with everything that can happen to a series: an evening session, two windows
 * in a day, minutes without trades, partial minutes, a new tick. And the answers, by one bulk run over arrays.
 */
import {
  atIst,
  type Bar,
  type EpochMs,
  MINUTE_MS,
  type SessionCalendar,
  type SessionWindow,
  TIMEFRAME_MINUTES,
  type Timeframe,
  type TradingDate,
  tradingDateOf,
} from '@rtp/core';
import {
  IndicatorEngine,
  indicatorColumn,
  indicatorColumns,
  sessionFields,
  storedColumns,
  storedValue,
} from '@rtp/indicators';
import type { IndicatorRows } from '@rtp/store-client';
import { bar, calendarOf, listing, openTestStore, type TestStore } from './fixtures.ts';
import { valuesOf } from './indicators.ts';

export const DAYS: readonly TradingDate[] = ['2016-09-28', '2016-09-29', '2016-09-30'];
const TIMES: Readonly<Record<TradingDate, readonly (readonly [string, string])[]>> = {
  '2016-09-28': [['09:15', '11:45']],
  '2016-09-29': [['18:15', '19:15']],
  '2016-09-30': [
    ['09:15', '10:00'],
    ['11:30', '12:32'],
  ],
};
/** Instruments in the order of their registration. */
export const SHARE = 1;
export const INDEX = 2;
const TICKS: Readonly<Record<TradingDate, number>> = { '2016-09-28': 5, '2016-09-29': 5, '2016-09-30': 10 };

const windowsOn = (date: TradingDate): readonly SessionWindow[] =>
  (TIMES[date] ?? []).map(([open, close]) => ({ openMs: atIst(date, open), closeMs: atIst(date, close) }));

export const shortDays: SessionCalendar = {
  ...calendarOf(),
  tradingDay: (date) =>
    TIMES[date] === undefined
      ? null
      : { date, kind: 'special', name: 'short day', windows: windowsOn(date), confidence: 'known' },
  closedReason: (date) => (TIMES[date] === undefined ? 'closed' : null),
  windowsOf: (_class, date) => windowsOn(date),
  expectedMinutes: (_instrument, date) => windowsOn(date).flatMap(minutesOf),
};

function minutesOf({ openMs, closeMs }: SessionWindow): EpochMs[] {
  return Array.from({ length: (closeMs - openMs) / MINUTE_MS }, (_, index) => openMs + index * MINUTE_MS);
}

/** How far the price runs in each of the bursts, one every 27 minutes, in percent. */
const BURSTS = [1, 1.5, -3.5, -1, 2, 3, -1.5, 1.5, -4, 2, 2];

/**
 * Bars of all days: rest, and bursts with volume between which levels and zones come and go; every seventeenth minute
 * without a trade, every twenty-third partial.
 */
export function barsOf(instrumentId: number): readonly Bar[] {
  const minutes = DAYS.flatMap((date) => windowsOn(date).flatMap(minutesOf));
  let base = instrumentId === INDEX ? 8_000 : 100;
  let close = base;
  return minutes.flatMap((ts, index) => {
    const minute = index % 27;
    const isBurst = minute >= 24;
    const noise = (minute < 19 ? 1 : 0.2) * ((((index + 7 * instrumentId) * 7_919) % 101) / 50 - 1);
    if (isBurst) base *= 1 + (BURSTS[Math.floor(index / 27) % BURSTS.length] as number) / 200;
    const open = close;
    close = paise(base * (1 + 0.0008 * noise));
    const [high, low] = [paise(Math.max(open, close) * 1.0004), paise(Math.min(open, close) * 0.9996)];
    if ((index + instrumentId) % 17 === 5) return [];
    const volume = instrumentId === INDEX ? 0 : Math.round((isBurst ? 9_000 : 900) * (1.2 + noise));
    const partial = (index + instrumentId) % 23 === 9;
    return [bar(instrumentId, 0, { ts, open, high, low, close, volume, partial, knownAt: ts + MINUTE_MS })];
  });
}

const paise = (price: number): number => Math.round(price * 100) / 100;

/** A store that holds them; the first day is sealed. Rows of indicators there are none. */
export async function openShortDays(): Promise<TestStore> {
  const last = DAYS.at(-1) as TradingDate;
  const store = await openTestStore({ calendar: shortDays, now: atIst(last, '13:00') });
  const index = listing('NIFTY', { segment: 'IDX_I', class: 'index', isin: '', series: '' });
  for (const date of DAYS) {
    await store.store.registerInstruments(date, [listing('AAA', { tickPaise: TICKS[date] as number }), index]);
    const bars = [...barsOf(SHARE), ...barsOf(INDEX)].filter(({ ts }) => tradingDateOf(ts) === date);
    await store.send({ tradingDate: date, bars });
  }
  await store.store.seal(DAYS[0] as TradingDate, true);
  return store;
}

/** A bar as the series has it. */
interface SeriesBar {
  readonly ts: EpochMs;
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  readonly volume: number;
}

/** Whole minutes put together, one after the other, within the window they lie in. */
function series(bars: readonly Bar[], timeframe: Timeframe): readonly SeriesBar[] {
  const made: { -readonly [Key in keyof SeriesBar]: SeriesBar[Key] }[] = [];
  for (const { ts: minute, open, high, low, close, volume, partial } of bars) {
    if (partial) continue;
    const windows = windowsOn(tradingDateOf(minute));
    const start = (timeframe === '1D' ? windows[0] : windows.findLast(({ openMs }) => openMs <= minute))?.openMs ?? 0;
    const step = timeframe === '1D' ? 0 : TIMEFRAME_MINUTES[timeframe] * MINUTE_MS;
    const ts = timeframe === '1D' ? start : minute - ((minute - start) % step);
    const last = made.at(-1);
    if (last?.ts !== ts) made.push({ ts, open, high, low, close, volume });
    else {
      last.high = Math.max(last.high, high);
      last.low = Math.min(last.low, low);
      last.close = close;
      last.volume += volume;
    }
  }
  return made;
}

const SESSION_MINUTES = 375;

export interface ExpectedIndicators {
  readonly times: readonly EpochMs[];
  /** By column, as stored. */
  readonly values: ReadonlyMap<string, Float64Array>;
}

const expected = new Map<Timeframe, ExpectedIndicators>();

/** The expected answer for every bar since the first. */
export function expectedIndicators(timeframe: Timeframe): ExpectedIndicators {
  const known = expected.get(timeframe) ?? indicatorsOf(timeframe, barsOf(SHARE));
  expected.set(timeframe, known);
  return known;
}

/** The same of other bars of the share. */
export function indicatorsOf(timeframe: Timeframe, share: readonly Bar[]): ExpectedIndicators {
  const bars = series(share, timeframe);
  const index = series(barsOf(INDEX), timeframe);
  const times = bars.map(({ ts }) => ts);
  const of = (value: (row: SeriesBar) => number): Float64Array => Float64Array.from(bars, value);
  const names = indicatorColumns.map(({ name }) => name);
  const out = names.map(() => new Float64Array(bars.length));
  new IndicatorEngine(names, 1).run(
    0,
    {
      length: bars.length,
      open: of(({ open }) => open),
      high: of(({ high }) => high),
      low: of(({ low }) => low),
      close: of(({ close }) => close),
      volume: of(({ volume }) => volume),
      bench: of(({ ts }) => index.findLast((row) => row.ts <= ts)?.close ?? Number.NaN),
      tick: of(({ ts }) => (TICKS[tradingDateOf(ts)] as number) / 100),
      ...sessionFields(times, shortDays),
    },
    out,
  );
  const count = timeframe === '1D' ? 1 : Math.ceil(SESSION_MINUTES / TIMEFRAME_MINUTES[timeframe]);
  for (const [column, name] of names.entries()) {
    const definition = indicatorColumn(name);
    if (definition === undefined) continue;
    const factor = definition.annualised ? Math.sqrt(count / SESSION_MINUTES) : 1;
    const values = out[column] as Float64Array;
    const isStored = definition.storage === 'minute';
    for (const [row, value] of values.entries()) {
      values[row] = isStored ? storedValue(definition, value * factor) : value * factor;
    }
  }
  return { times, values: new Map(names.map((name, column) => [name, out[column] as Float64Array])) };
}

/** Rows to store of some of the share's minutes, as a producer makes them. */
export function rowsToStore(isWanted: (ts: EpochMs) => boolean): IndicatorRows {
  const { times, values } = expectedIndicators('1T');
  const kept = times.flatMap((ts, row) => (isWanted(ts) ? [row] : []));
  return {
    names: storedColumns.map(({ name }) => name),
    instrumentIds: new Uint32Array(kept.length).fill(SHARE),
    ts: Float64Array.from(kept, (row) => times[row] as number),
    knownAt: Float64Array.from(kept, (row) => (times[row] as number) + MINUTE_MS),
    columns: storedColumns.map(({ name, valueType }) => {
      const cells = kept.map((row) => values.get(name)?.[row] ?? Number.NaN);
      return valuesOf(
        valueType,
        cells.map((value) => (Number.isNaN(value) ? null : value)),
      );
    }),
  };
}
