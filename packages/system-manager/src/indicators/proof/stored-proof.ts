/** The stored columns of some instruments against the engine, bar by bar from the first stored bar on. */
import {
  BAR_FIELDS,
  BAR_WIDTH,
  type IndicatorEngine,
  sessionFields,
  storedColumns,
  type TradingDays,
} from '@rtp/indicators';
import { dateLiteral, type NumberRunner, Pace } from '@rtp/store-client';
import type { TickOf } from './bar-fields-of.ts';
import { allowedDifference, type ColumnTally, decimalOf } from './column-tally.ts';
import type { ProofInstrument, ProofPlan } from './proof-plan.ts';

export interface StoredInputs {
  readonly run: NumberRunner;
  readonly plan: ProofPlan;
  readonly days: TradingDays;
  readonly tickOf: TickOf;
  /** Names of the stored columns that the catalogue has. */
  readonly columns: readonly string[];
}

/** Counts of one or more portions. */
export interface RowCounts {
  bars: number;
  rows: number;
  missing: number;
  surplus: number;
}

export const MINUTES_A_DAY = 1_440;
const MINUTE_MS = 60_000;
const FIELD = Object.fromEntries(BAR_FIELDS.map((field, index) => [field, index])) as Record<
  (typeof BAR_FIELDS)[number],
  number
>;

/** Compares one portion; returns its counts and adds to `tallies`, one a column of `inputs.columns`. */
export async function proveStored(
  inputs: StoredInputs,
  portion: readonly ProofInstrument[],
  engine: IndicatorEngine,
  tallies: readonly ColumnTally[],
): Promise<RowCounts> {
  const { plan } = inputs;
  const columns = inputs.columns.map((name) => storedColumns.find((column) => column.name === name)!);
  const stored = await readStored(inputs, portion);
  const width = columns.length;
  const quanta = columns.map(({ decimals }) => 10 ** -decimals);
  for (let slot = 0; slot < portion.length; slot += 1) engine.reset(slot);
  const counts: RowCounts = { bars: 0, rows: stored.rows, missing: 0, surplus: stored.twice };
  const out = new Float64Array(portion.length * width);
  const dayStart = Date.parse(`${plan.date}T00:00:00+05:30`);
  const pace = new Pace();
  for await (const { time, slots, count, bars } of minutesOf(inputs, portion)) {
    engine.advance(slots, count, bars, out);
    await pace.rest();
    if (time < dayStart) continue;
    for (let row = 0; row < count; row += 1) {
      const slot = slots[row]!;
      counts.bars += 1;
      const at = stored.take(slot, (time - dayStart) / MINUTE_MS);
      if (at < 0) {
        counts.missing += 1;
        continue;
      }
      for (let index = 0; index < width; index += 1) {
        const expected = out[row * width + index]!;
        const allowed = allowedDifference(columns[index]!, expected);
        const found = decimalOf(columns[index]!, stored.values[at * width + index]!);
        tallies[index]!.add(found, expected, allowed, quanta[index]!, portion[slot]!.symbol, time);
      }
    }
  }
  counts.surplus += stored.left();
  return counts;
}

/** Stored rows of the date; each is taken once. */
interface StoredRows {
  readonly rows: number;
  /** Rows of a minute that has one already. */
  readonly twice: number;
  readonly values: Float64Array;
  /** Where the row of a minute begins, in rows; -1 without one. */
  take(slot: number, minute: number): number;
  /** Rows that were not taken. */
  left(): number;
}

async function readStored(inputs: StoredInputs, portion: readonly ProofInstrument[]): Promise<StoredRows> {
  const { run, plan, columns } = inputs;
  const dayStart = Date.parse(`${plan.date}T00:00:00+05:30`);
  const slotOf = new Map(portion.map(({ instrumentId }, slot) => [instrumentId, slot]));
  const places = new Int32Array(portion.length * MINUTES_A_DAY).fill(-1);
  const list = columns.map((name) => `coalesce("${name}"::DOUBLE, 'NaN'::DOUBLE)`);
  const sql = `SELECT instrument_id::DOUBLE, epoch_ms(ts)::DOUBLE, ${list.join(', ')} FROM indicators
    WHERE date = ${dateLiteral(plan.date)} AND instrument_id IN (${ids(portion)}) AND epoch_ms(ts) <= ${plan.until}`;
  let values = new Float64Array(0);
  let rows = 0;
  let twice = 0;
  for await (const [instrumentIds, times, ...numbers] of run.numbers(sql)) {
    const count = times!.length;
    if ((rows + count) * columns.length > values.length) {
      const larger = new Float64Array(Math.max((rows + count) * columns.length, values.length * 2));
      larger.set(values);
      values = larger;
    }
    for (let row = 0; row < count; row += 1, rows += 1) {
      for (let index = 0; index < columns.length; index += 1) {
        values[rows * columns.length + index] = numbers[index]![row]!;
      }
      const place = slotOf.get(instrumentIds![row]!)! * MINUTES_A_DAY + (times![row]! - dayStart) / MINUTE_MS;
      if (places[place] !== -1) twice += 1;
      places[place] = rows;
    }
  }
  return {
    rows,
    twice,
    values,
    take: (slot, minute) => {
      const place = slot * MINUTES_A_DAY + minute;
      const row = places[place] ?? -1;
      places[place] = -1;
      return row;
    },
    left: () => places.reduce((left, row) => (row === -1 ? left : left + 1), 0),
  };
}

/** The bars of one minute, as the engine takes them; valid until the next. */
interface Minute {
  readonly time: number;
  readonly slots: Int32Array;
  readonly count: number;
  readonly bars: Float64Array;
}

/** All bars of the portion, minute by minute: the order in which they came to be. */
async function* minutesOf(inputs: StoredInputs, portion: readonly ProofInstrument[]): AsyncGenerator<Minute> {
  const { run, plan, days, tickOf } = inputs;
  const slotOf = new Map(portion.map(({ instrumentId }, slot) => [instrumentId, slot]));
  const slots = new Int32Array(portion.length);
  const bars = new Float64Array(portion.length * BAR_WIDTH);
  const sql = `SELECT epoch_ms(ts)::DOUBLE, instrument_id::DOUBLE, open, high, low, close, volume::DOUBLE FROM bars
    WHERE NOT partial AND date <= ${dateLiteral(plan.date)} AND instrument_id IN (${ids(portion)})
      AND epoch_ms(ts) <= ${plan.until} ORDER BY ts, instrument_id`;
  let time = Number.NaN;
  let count = 0;
  let clock = sessionFields([0], 'none');
  for await (const [times, instrumentIds, ...prices] of run.numbers(sql)) {
    for (let row = 0; row < times!.length; row += 1) {
      if (times![row] !== time) {
        if (count > 0) yield { time, slots, count, bars };
        count = 0;
        time = times![row]!;
        clock = sessionFields([time], days);
      }
      const instrumentId = instrumentIds![row]!;
      const at = count * BAR_WIDTH;
      slots[count] = slotOf.get(instrumentId)!;
      count += 1;
      for (const [index, numbers] of prices.entries()) bars[at + index] = numbers[row]!;
      bars[at + FIELD.bench] = Number.NaN;
      bars[at + FIELD.session] = clock.session[0]!;
      bars[at + FIELD.minuteOfDay] = clock.minuteOfDay[0]!;
      bars[at + FIELD.minuteOfSession] = clock.minuteOfSession[0]!;
      bars[at + FIELD.tick] = tickOf(instrumentId, time);
    }
  }
  if (count > 0) yield { time, slots, count, bars };
}

const ids = (portion: readonly ProofInstrument[]): string => portion.map(({ instrumentId }) => instrumentId).join(', ');
