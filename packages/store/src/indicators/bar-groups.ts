/** Whole bars of a date as series: read in the order of instrument and minute, some instruments at a time. */
import { type EpochMs, MINUTE_MS } from '@rtp/core';
import type { Session } from '../engine/session.ts';

/** Bars of some instruments on one date. Each instrument's rows stand together, in time order. */
export interface BarGroup {
  readonly instrumentIds: Uint32Array;
  /** By instrument, the row after its last one. */
  readonly ends: Uint32Array;
  /** By row, the minute of the IST day. */
  readonly minutes: Uint16Array;
  readonly open: Float64Array;
  readonly high: Float64Array;
  readonly low: Float64Array;
  readonly close: Float64Array;
  readonly volume: Float64Array;
}

/** Rows after which a group ends with its instrument: its indicators are some 9 MB. */
const GROUP_ROWS = 15_000;
/** Minutes of a day, the most rows that an instrument adds. */
const MINUTES_A_DAY = 1_440;
const ROOM = GROUP_ROWS + MINUTES_A_DAY;

/**
 * Columns of a bar as a group reads them, over rows that have those of `bars`. `startMs` is the date's midnight, IST.
 */
export const groupColumns = (startMs: EpochMs): string =>
  `instrument_id, ((epoch_ms(ts) - ${startMs}) // ${MINUTE_MS})::USMALLINT, open, high, low, close, volume::DOUBLE`;

/**
 * Reads a date from a query of `groupColumns` that answers in the order of instrument and minute, none twice. All of it:
 * a day of 500 instruments is 9 MB. Errors: the engine's; rows out of order.
 */
export async function readBarGroups(session: Pick<Session, 'numbers'>, sql: string): Promise<BarGroup[]> {
  const groups: BarGroup[] = [];
  let group = new GroupBuilder();
  for await (const columns of session.numbers(sql)) {
    const ids = columns[0]!;
    for (let row = 0; row < ids.length; row += 1) {
      const id = ids[row]!;
      if (id !== group.lastId && group.rows >= GROUP_ROWS) {
        groups.push(group.finish());
        group = new GroupBuilder(group.lastId);
      }
      group.add(id, columns, row);
    }
  }
  if (group.rows > 0) groups.push(group.finish());
  return groups;
}

class GroupBuilder {
  rows = 0;
  lastId: number;
  private lastMinute = -1;
  private readonly ids: number[] = [];
  private readonly ends: number[] = [];
  private readonly minutes = new Uint16Array(ROOM);
  private readonly values = Array.from({ length: 5 }, () => new Float64Array(ROOM));

  constructor(lastId = -1) {
    this.lastId = lastId;
  }

  add(id: number, columns: readonly ArrayLike<number>[], row: number): void {
    const minute = columns[1]![row]!;
    if (id < this.lastId || (id === this.lastId && minute <= this.lastMinute)) {
      throw new Error(`bars are out of order at instrument ${id}, minute ${minute}`);
    }
    if (id !== this.lastId) {
      this.ids.push(id);
      this.ends.push(this.rows);
    }
    this.lastId = id;
    this.lastMinute = minute;
    this.minutes[this.rows] = minute;
    for (let field = 0; field < 5; field += 1) this.values[field]![this.rows] = columns[field + 2]![row]!;
    this.rows += 1;
    this.ends[this.ends.length - 1] = this.rows;
  }

  finish(): BarGroup {
    const [open, high, low, close, volume] = this.values.map((values) => values.slice(0, this.rows)) as [
      Float64Array,
      Float64Array,
      Float64Array,
      Float64Array,
      Float64Array,
    ];
    return {
      instrumentIds: Uint32Array.from(this.ids),
      ends: Uint32Array.from(this.ends),
      minutes: this.minutes.slice(0, this.rows),
      open,
      high,
      low,
      close,
      volume,
    };
  }
}
