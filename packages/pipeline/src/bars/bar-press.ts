import type { Bar, EpochMs, Instrument } from '@rtp/core';
import type { DayGrid } from './day-grid.ts';
import { DIRTY, EMITTED, LATE, type MinuteCells, QUOTED, TOUCHED, WHOLE } from './minute-cells.ts';

export interface BarPressOptions {
  readonly grid: DayGrid;
  readonly instruments: readonly Instrument[];
  readonly cells: MinuteCells;
  /** Whether live sources may have missed a part of the minute. */
  isPartial(slot: number, index: number): boolean;
}

/**
 * Turns cells into bars, once for each change: minutes when they are sealed, changes to sealed minutes with the next seal.
 *
 * A bar that has left as whole and turns out to be partial is withdrawn: it leaves again with the same values as partial.
 * Other values would withdraw nothing, because any whole bar is stronger: what late trades have changed meanwhile leaves as
 * whole first.
 */
export class BarPress {
  /** Newest minute that has been sealed. */
  sealedThrough = -1;
  private readonly options: BarPressOptions;
  /** Running volume of each slot at its newest sealed trade. */
  private readonly sealedVolume: Float64Array;
  private readonly late: number[] = [];

  constructor(options: BarPressOptions) {
    this.options = options;
    this.sealedVolume = new Float64Array(options.instruments.length);
  }

  /** Seals every minute up to index `through`: the bars that have not left yet, older corrections first, by minute and slot. */
  seal(through: number, knownAt: EpochMs): Bar[] {
    const { cells, grid } = this.options;
    const bars: Bar[] = [];
    for (const cell of this.late.splice(0)) {
      cells.flags[cell] = (cells.flags[cell] as number) & ~LATE;
      const slot = Math.floor(cell / grid.minutes);
      const index = cell % grid.minutes;
      this.press(bars, slot, index, cells.cumulativeBefore(slot, index), knownAt);
    }
    const last = Math.min(through, grid.minutes - 1);
    for (let index = this.sealedThrough + 1; index <= last; index += 1) {
      for (let slot = 0; slot < cells.slots; slot += 1) {
        const cell = slot * grid.minutes + index;
        if (((cells.flags[cell] as number) & TOUCHED) === 0) continue;
        const before = this.sealedVolume[slot] as number;
        this.sealedVolume[slot] = Math.max(before, cells.cumulative[cell] as number);
        this.press(bars, slot, index, before, knownAt);
      }
    }
    this.sealedThrough = Math.max(this.sealedThrough, last);
    return bars;
  }

  /** A sealed minute has changed: it leaves again, and so does the next traded one, whose volume is its difference to it. */
  changed(slot: number, index: number, running: number): void {
    const { cells, grid } = this.options;
    this.leaveAgain(slot * grid.minutes + index);
    if (running > (this.sealedVolume[slot] as number)) this.sealedVolume[slot] = running;
    for (let next = index + 1; next <= this.sealedThrough; next += 1) {
      const cell = slot * grid.minutes + next;
      if (((cells.flags[cell] as number) & TOUCHED) === 0) continue;
      this.leaveAgain(cell);
      return;
    }
  }

  /** The sealed minute of this cell leaves with the next seal. */
  leaveAgain(cell: number): void {
    const { flags } = this.options.cells;
    const before = flags[cell] as number;
    flags[cell] = before | DIRTY | LATE;
    if ((before & LATE) === 0) this.late.push(cell);
  }

  /** Bars of these minutes that have left as whole are withdrawn with the next seal, should they be partial by then. */
  doubt(slot: number, from: number, to = this.sealedThrough): void {
    const { cells, grid } = this.options;
    for (let index = from; index <= Math.min(to, this.sealedThrough); index += 1) {
      const cell = slot * grid.minutes + index;
      const flags = cells.flags[cell] as number;
      if ((flags & WHOLE) === 0 || (flags & LATE) !== 0) continue;
      cells.flags[cell] = flags | LATE;
      this.late.push(cell);
    }
  }

  private press(bars: Bar[], slot: number, index: number, volumeBefore: number, knownAt: EpochMs): void {
    const { cells, grid, instruments } = this.options;
    const cell = slot * grid.minutes + index;
    const flags = cells.flags[cell] as number;
    const partial = this.options.isPartial(slot, index);
    const isWithdrawn = partial && (flags & WHOLE) !== 0;
    if ((flags & DIRTY) === 0 && !isWithdrawn) return;
    const volume = Math.max(0, (cells.cumulative[cell] as number) - volumeBefore);
    const instrument = instruments[slot] as Instrument;
    // Prints without volume are no trade of a share; a bar that has left is corrected even so.
    const isBar = volume > 0 || instrument.class === 'index' || (flags & EMITTED) !== 0;
    cells.flags[cell] = (flags & ~DIRTY & ~WHOLE) | (isBar ? EMITTED : 0) | (isBar && !partial ? WHOLE : 0);
    if (!isBar) return;
    const bar: Bar = {
      instrumentId: instrument.instrumentId,
      ts: grid.minuteAt(index),
      open: (cells.open[cell] as number) / 100,
      high: (cells.high[cell] as number) / 100,
      low: (cells.low[cell] as number) / 100,
      close: (cells.close[cell] as number) / 100,
      volume,
      source: (flags & QUOTED) === 0 ? 'feed' : 'quote',
      state: 'provisional',
      partial,
      knownAt,
    };
    if (isWithdrawn && (flags & DIRTY) !== 0) bars.push({ ...bar, partial: false });
    bars.push(bar);
  }
}
