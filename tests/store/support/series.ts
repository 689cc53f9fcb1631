/** Bars that look like a market, and what an engine of its own makes of those a store holds. */
import { type Bar, type EpochMs, MINUTE_MS, type SessionCalendar } from '@rtp/core';
import { IndicatorEngine, sessionFields, storedColumns, storedValue } from '@rtp/indicators';
import type { TestStore } from './fixtures.ts';

const NAMES = storedColumns.map(({ name }) => name);
/** Price step of the tests' listings, rupees. */
const TICK = 0.05;

/** A walk of `count` bars of one minute each from `openMs`; the same for the same seed. */
export function walk(instrumentId: number, openMs: EpochMs, count: number, seed: number): Bar[] {
  let state = seed * 7_919 + 17;
  const random = (): number => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return state / 2_147_483_648;
  };
  const paise = (ticks: number): number => Math.round(ticks * 5) / 100;
  let price = 2_000 + Math.floor(random() * 2_000);
  return Array.from({ length: count }, (_, minute) => {
    const open = price;
    price += Math.round((random() - 0.5) * 12);
    const high = Math.max(open, price) + Math.floor(random() * 4);
    const low = Math.min(open, price) - Math.floor(random() * 4);
    const ts = openMs + minute * MINUTE_MS;
    const ohlc = { open: paise(open), high: paise(high), low: paise(low), close: paise(price) };
    const volume = Math.floor(random() * 5_000);
    return {
      instrumentId,
      ts,
      ...ohlc,
      volume,
      source: 'feed',
      state: 'provisional',
      partial: false,
      knownAt: ts + MINUTE_MS,
    };
  });
}

/** Values of a minute by column; null where there is none. */
export type Values = readonly (number | null)[];

/** Stored rows by `instrument ts`. */
export async function storedRows(store: TestStore): Promise<Map<string, Values>> {
  const columns = NAMES.map((name) => `"${name}"::DOUBLE`).join(', ');
  const rows = await store.ask(`SELECT instrument_id::DOUBLE, epoch_ms(ts)::DOUBLE, ${columns} FROM indicators`);
  return new Map(rows.map(([id, ts, ...values]) => [`${id} ${ts}`, values as Values]));
}

/** What an engine that knows nothing of the store's makes of the whole bars that the store shows, in the same form. */
export async function expectedRows(store: TestStore, calendar: SessionCalendar): Promise<Map<string, Values>> {
  const bars = (await store.ask(`SELECT instrument_id::DOUBLE, epoch_ms(ts)::DOUBLE, open, high, low, close,
    volume::DOUBLE FROM bars WHERE NOT partial ORDER BY instrument_id, ts`)) as number[][];
  const byId = Map.groupBy(bars, ([id]) => id!);
  const expected = new Map<string, Values>();
  for (const [id, rows] of byId) {
    const column = (index: number): Float64Array => Float64Array.from(rows, (row) => row[index]!);
    const out = NAMES.map(() => new Float64Array(rows.length));
    const [open, high, low, close, volume] = [2, 3, 4, 5, 6].map(column) as Float64Array[] &
      [Float64Array, Float64Array, Float64Array, Float64Array, Float64Array];
    const tick = new Float64Array(rows.length).fill(TICK);
    const fields = sessionFields(column(1), calendar);
    new IndicatorEngine(NAMES, 1).run(0, { length: rows.length, open, high, low, close, volume, tick, ...fields }, out);
    for (const [row, bar] of rows.entries()) {
      const values = storedColumns.map((stored, index) => {
        const value = storedValue(stored, out[index]![row]!);
        return Number.isNaN(value) ? null : value;
      });
      expected.set(`${id} ${bar[1]}`, values);
    }
  }
  return expected;
}
