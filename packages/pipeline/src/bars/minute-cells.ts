/** The cell holds at least one trade. */
export const TOUCHED = 1;
/** The cell differs from what was last emitted. */
export const DIRTY = 2;
/** No live source saw the whole of this minute. */
export const UNSEEN = 4;
/** Queued for a revision. */
export const LATE = 8;
/** A bar of this cell has left. */
export const EMITTED = 16;
/** A polled quote has made or changed the cell. */
export const QUOTED = 32;
/** The bar that left last was whole. */
export const WHOLE = 64;

/**
 * One day's forming bars: a cell for each (slot, minute), flat, so that nothing is allocated per packet. Prices are
 * whole paise. `cumulative` is the slot's running volume at the last trade of the minute: a minute's volume is its
 * difference to the minute before, whatever order packets came in.
 */
export class MinuteCells {
  readonly slots: number;
  readonly minutes: number;
  readonly open: Int32Array;
  readonly high: Int32Array;
  readonly low: Int32Array;
  readonly close: Int32Array;
  readonly cumulative: Float64Array;
  readonly flags: Uint8Array;
  /** Second of the minute of the first and the last trade. */
  readonly firstSecond: Uint8Array;
  readonly lastSecond: Uint8Array;

  constructor(slots: number, minutes: number) {
    const size = slots * minutes;
    this.slots = slots;
    this.minutes = minutes;
    this.open = new Int32Array(size);
    this.high = new Int32Array(size);
    this.low = new Int32Array(size);
    this.close = new Int32Array(size);
    this.cumulative = new Float64Array(size);
    this.flags = new Uint8Array(size);
    this.firstSecond = new Uint8Array(size);
    this.lastSecond = new Uint8Array(size);
  }

  /**
   * Adds a trade. `cumulative` is the slot's running volume after it, `mark` a flag for a cell that it changes. Returns
   * whether anything changed.
   */
  add(cell: number, second: number, paise: number, cumulative: number, mark: number): boolean {
    const flags = this.flags[cell] as number;
    if ((flags & TOUCHED) === 0) {
      this.open[cell] = this.high[cell] = this.low[cell] = this.close[cell] = paise;
      this.cumulative[cell] = cumulative;
      this.firstSecond[cell] = this.lastSecond[cell] = second;
      this.flags[cell] = flags | TOUCHED | DIRTY | mark;
      return true;
    }
    let changed = false;
    if (paise > (this.high[cell] as number)) {
      this.high[cell] = paise;
      changed = true;
    } else if (paise < (this.low[cell] as number)) {
      this.low[cell] = paise;
      changed = true;
    }
    if (second < (this.firstSecond[cell] as number)) {
      this.firstSecond[cell] = second;
      this.open[cell] = paise;
      changed = true;
    }
    const known = this.cumulative[cell] as number;
    const last = this.lastSecond[cell] as number;
    if (second > last || (second === last && cumulative >= known)) {
      this.lastSecond[cell] = second;
      if (this.close[cell] !== paise) {
        this.close[cell] = paise;
        changed = true;
      }
    }
    if (cumulative > known) {
      this.cumulative[cell] = cumulative;
      changed = true;
    }
    if (changed) this.flags[cell] = flags | DIRTY | mark;
    return changed;
  }

  /** The slot's running volume before `index`: the greatest of its earlier cells. */
  cumulativeBefore(slot: number, index: number): number {
    const first = slot * this.minutes;
    let greatest = 0;
    for (let cell = first + index - 1; cell >= first; cell -= 1) {
      if (((this.flags[cell] as number) & TOUCHED) !== 0) {
        greatest = Math.max(greatest, this.cumulative[cell] as number);
      }
    }
    return greatest;
  }
}
