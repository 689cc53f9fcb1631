/** Stored rows of indicators against what they must be. */
import { atIst, MINUTE_MS, type TradingDate } from '@rtp/core';
import { storedColumns } from '@rtp/indicators';
import { NULL_I16 } from '@rtp/store-client';
import type { Session } from '../engine/session.ts';
import type { GroupRows } from './bulk-runner.ts';
import { quoted } from './sql-columns.ts';

const MINUTES_A_DAY = 1_440;
const KEYS = 3;

/** Finds the rows of a group that `from`, stored rows of that date, does not have, or has with other values. */
export async function differingRows(
  run: Pick<Session, 'numbers'>,
  from: string,
  date: TradingDate,
  group: GroupRows,
): Promise<Uint32Array> {
  const comparison = new Comparison(group);
  for await (const columns of run.numbers(rowsSql(from, date, group))) comparison.take(columns);
  return comparison.differing();
}

/** Instrument, minute of the day and commit of the rows, then every stored column, nulls as in memory. */
function rowsSql(from: string, date: TradingDate, { bars }: GroupRows): string {
  const values = storedColumns.map(({ name, valueType }) => {
    const missing = valueType === 'i16' ? `(${NULL_I16})::SMALLINT` : "'nan'";
    return `coalesce(${quoted(name)}, ${missing})`;
  });
  return `SELECT instrument_id, ((epoch_ms(ts) - ${atIst(date, '00:00')}) // ${MINUTE_MS})::USMALLINT, commit_seq::DOUBLE,
    ${values.join(', ')} FROM ${from} WHERE instrument_id BETWEEN ${bars.instrumentIds[0]} AND ${bars.instrumentIds.at(-1)}`;
}

type Numbers = ArrayLike<number>;

/** Takes stored rows in any order; of a minute that comes more than once the newest commit counts. */
class Comparison {
  private readonly group: GroupRows;
  private readonly positions = new Map<number, number>();
  /** Row + 1 by instrument and minute. */
  private readonly rows: Uint32Array;
  private readonly commits: Float64Array;
  private readonly isEqual: Uint8Array;

  constructor(group: GroupRows) {
    const { instrumentIds, ends, minutes } = group.bars;
    this.group = group;
    this.rows = new Uint32Array(instrumentIds.length * MINUTES_A_DAY);
    this.commits = new Float64Array(minutes.length).fill(-1);
    this.isEqual = new Uint8Array(minutes.length);
    let row = 0;
    for (const [index, id] of instrumentIds.entries()) {
      this.positions.set(id, index);
      for (; row < ends[index]!; row += 1) this.rows[index * MINUTES_A_DAY + minutes[row]!] = row + 1;
    }
  }

  take(columns: readonly Numbers[]): void {
    const [ids, minutes, commits] = columns as [Numbers, Numbers, Numbers];
    const rows = new Int32Array(ids.length).fill(-1);
    const isEqual = new Uint8Array(ids.length).fill(1);
    for (let stored = 0; stored < ids.length; stored += 1) {
      const index = this.positions.get(ids[stored]!);
      if (index !== undefined) rows[stored] = this.rows[index * MINUTES_A_DAY + minutes[stored]!]! - 1;
    }
    for (const [column, values] of this.group.columns.entries())
      compare(columns[column + KEYS]!, values, rows, isEqual);
    for (let stored = 0; stored < ids.length; stored += 1) {
      const row = rows[stored]!;
      if (row < 0 || commits[stored]! < this.commits[row]!) continue;
      this.commits[row] = commits[stored]!;
      this.isEqual[row] = isEqual[stored]!;
    }
  }

  differing(): Uint32Array {
    const found: number[] = [];
    for (let row = 0; row < this.isEqual.length; row += 1) if (this.isEqual[row] === 0) found.push(row);
    return Uint32Array.from(found);
  }
}

/** Clears `isEqual` where a stored value is another than that of its row; no value equals no value. */
function compare(stored: Numbers, values: Numbers, rows: Int32Array, isEqual: Uint8Array): void {
  for (let at = 0; at < rows.length; at += 1) {
    const row = rows[at]!;
    if (row < 0) continue;
    const [a, b] = [stored[at]!, values[row]!];
    if (a !== b && !(Number.isNaN(a) && Number.isNaN(b))) isEqual[at] = 0;
  }
}
