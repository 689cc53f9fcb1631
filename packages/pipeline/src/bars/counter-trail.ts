/**
 * The broker's own day counter at the newest packet of every (slot, minute): what proves after the fact that nothing was
 * traded in a minute that nobody watched (wire §7.4, wire §11). It is kept as it came, feed and quotes alike: the running volume
 * of the bars has the doubtful parts taken out, a proof must not.
 *
 *   rising ──a newer packet shows less──▶ fallen: whether reset or glitch, nothing is proved across that minute
 *     ▲                                      │
 *     └──── rises again: once it is back where it fell from, nothing is proved across that minute either
 *
 * An older packet belongs to its own minute and tells nothing of the newer ones.
 */

/** No packet in that minute. Counters are 32 bits wide on the feed: this one would be the last. */
const NONE = 0xff_ff_ff_ff;

export class CounterTrail {
  private readonly minutes: number;
  private readonly counters: Uint32Array;
  /** Trade time and counter of each slot's newest packet; -1 before the first. */
  private readonly newestAt: Float64Array;
  private readonly newest: Float64Array;
  /** Counter before the first minute; -1 where none was shown. */
  private readonly preOpen: Float64Array;
  /** Minutes in which a slot's counter broke; slots without one are left out. */
  private readonly breaks = new Map<number, number[]>();
  /** What the counter of a slot was before it fell. */
  private readonly fellFrom = new Map<number, number>();

  constructor(slots: number, minutes: number) {
    this.minutes = minutes;
    this.counters = new Uint32Array(slots * minutes).fill(NONE);
    this.newestAt = new Float64Array(slots).fill(-1);
    this.newest = new Float64Array(slots).fill(-1);
    this.preOpen = new Float64Array(slots).fill(-1);
  }

  /**
   * A packet of today with the trade time `at` (epoch ms), which lies in minute `index` (below 0 before the open), and the
   * counter after that trade.
   */
  saw(slot: number, index: number, at: number, counter: number): void {
    if (!Number.isInteger(counter) || counter < 0 || counter >= NONE) return;
    const newestAt = this.newestAt[slot] as number;
    const newest = this.newest[slot] as number;
    if (at < newestAt || (at === newestAt && counter < newest)) {
      if (counter <= newest) this.keep(slot, index, counter, true);
      return;
    }
    const isFirst = newestAt < 0;
    this.newestAt[slot] = at;
    this.newest[slot] = counter;
    const fellFrom = this.fellFrom.get(slot);
    if (!isFirst && counter < newest) {
      this.break(slot, index);
      if (fellFrom === undefined) this.fellFrom.set(slot, newest);
    } else if (fellFrom !== undefined && counter >= fellFrom) {
      this.break(slot, index);
      this.fellFrom.delete(slot);
    }
    this.keep(slot, index, counter, false);
  }

  /** The counter at the newest packet of that minute; null where there was none. Index -1: before the open. */
  at(slot: number, index: number): number | null {
    const counter = index < 0 ? (this.preOpen[slot] as number) : (this.counters[slot * this.minutes + index] as number);
    return counter < 0 || counter === NONE ? null : counter;
  }

  /** Whether the counter broke after the newest packet of minute `from`, up to that of `to`. */
  isBroken(slot: number, from: number, to: number): boolean {
    return this.breaks.get(slot)?.some((index) => index > from && index <= to) === true;
  }

  private keep(slot: number, index: number, counter: number, isOlder: boolean): void {
    if (index >= this.minutes) return;
    if (index < 0) {
      if (!isOlder) this.preOpen[slot] = counter;
      return;
    }
    const cell = slot * this.minutes + index;
    const known = this.counters[cell] as number;
    if (!isOlder || known === NONE || counter > known) this.counters[cell] = counter;
  }

  private break(slot: number, index: number): void {
    const known = this.breaks.get(slot);
    if (known === undefined) this.breaks.set(slot, [index]);
    else known.push(index);
  }
}
