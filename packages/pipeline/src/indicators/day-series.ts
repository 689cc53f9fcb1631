import { BAR_SOURCES, type Bar } from '@rtp/core';

const FIELDS = 5;
/** Added to a whole bar's strength: any is stronger than a partial one. */
const WHOLE = BAR_SOURCES.length;
/** Strength of an official bar: source `chart`, whole. */
const OFFICIAL = WHOLE + BAR_SOURCES.indexOf('chart');

/**
 * The bars of one day, every instrument's, as the store will have them: of a minute that arrives twice the stronger
 * bar stays, by the store's own rules (whole before partial, then chart before quote before feed; a bar that an official
 * candle has confirmed is official; a partial bar withdraws its equal of the same source that is not). Minutes are
 * indexes of the day's grid, instruments are slots.
 */
export class DaySeries {
  readonly minutes: number;
  private readonly values: Float64Array;
  /** 0: no bar. Else 1 + its strength. */
  private readonly strengths: Uint8Array;
  /** Last index of each slot with a whole bar; -1 for none. */
  private readonly newest: Int32Array;

  constructor(slots: number, minutes: number) {
    this.minutes = minutes;
    this.values = new Float64Array(slots * minutes * FIELDS);
    this.strengths = new Uint8Array(slots * minutes);
    this.newest = new Int32Array(slots).fill(-1);
  }

  /** Takes a bar in. True when the whole bar of that minute is now another one than before, or none. */
  put(slot: number, index: number, bar: Bar): boolean {
    const cell = slot * this.minutes + index;
    const held = this.strengths[cell]!;
    const offered = BAR_SOURCES.indexOf(bar.source) + (bar.partial ? 0 : WHOLE) + 1;
    const isSame = held > 0 && this.isSame(cell, bar);
    const isWithdrawn = isSame && bar.partial && held === offered + WHOLE && held <= OFFICIAL;
    if (isWithdrawn) this.withdraw(slot, index, offered);
    if (isWithdrawn || offered < held) return isWithdrawn;
    const isOfficial = bar.state !== 'provisional' && isSame;
    this.strengths[cell] = isOfficial ? OFFICIAL + 1 : offered;
    if (bar.partial || (isSame && held > WHOLE)) return false;
    this.values.set([bar.open, bar.high, bar.low, bar.close, bar.volume], cell * FIELDS);
    if (index > this.newest[slot]!) this.newest[slot] = index;
    return true;
  }

  /** Whether the minute has a whole bar: a partial one is never fed to indicators. */
  has(slot: number, index: number): boolean {
    return this.strengths[slot * this.minutes + index]! > WHOLE;
  }

  /** Index of the last whole bar; -1 for none. */
  last(slot: number): number {
    return this.newest[slot]!;
  }

  /** Whole bars of a slot. */
  count(slot: number): number {
    let count = 0;
    for (let index = 0; index <= this.newest[slot]!; index += 1) if (this.has(slot, index)) count += 1;
    return count;
  }

  /** Writes open, high, low, close and volume of a bar to `target` from `at`. */
  copy(slot: number, index: number, target: Float64Array, at: number): void {
    const from = (slot * this.minutes + index) * FIELDS;
    for (let field = 0; field < FIELDS; field += 1) target[at + field] = this.values[from + field]!;
  }

  /** The minute has a partial bar only. */
  private withdraw(slot: number, index: number, strength: number): void {
    this.strengths[slot * this.minutes + index] = strength;
    let newest = this.newest[slot]!;
    while (newest >= 0 && !this.has(slot, newest)) newest -= 1;
    this.newest[slot] = newest;
  }

  private isSame(cell: number, bar: Bar): boolean {
    const at = cell * FIELDS;
    const { values } = this;
    return (
      values[at] === bar.open &&
      values[at + 1] === bar.high &&
      values[at + 2] === bar.low &&
      values[at + 3] === bar.close &&
      values[at + 4] === bar.volume
    );
  }
}
