/** A counter that comes back within this market time had not been reset: it grows past its old value no sooner. */
const GLITCH_MS = 60_000;

/**
 * The cumulative-volume bookkeeping of every slot: turns the broker's day counter into a running volume that never
 * falls and holds only what was traded in the slot's minutes (wire §7.4).
 *
 * A counter that falls in a newer packet has been reset: counting goes on from there. Should it come back to where
 * it was at once, the fall was a glitch and the old count holds. A lower counter in an older packet is an older packet,
 * and one from before a reset counts as it did then.
 */
export class VolumeTrack {
  /** Added to the counter to make the running volume. */
  private readonly offset: Float64Array;
  /** Newest running volume. */
  private readonly running: Float64Array;
  /** The counter in the newest packet; -1 before the first. */
  private readonly counter: Float64Array;
  /** Trade time of the newest packet, epoch ms. */
  private readonly newestAt: Float64Array;
  /** Trade time of the packet that showed the newest reset, and the running volume up to it. */
  private readonly resetAt: Float64Array;
  private readonly runningAtReset: Float64Array;
  /** Infinite once the reset cannot turn out to have been a glitch. */
  private readonly counterBeforeReset: Float64Array;
  private readonly offsetBeforeReset: Float64Array;

  constructor(slots: number) {
    this.offset = new Float64Array(slots);
    this.running = new Float64Array(slots);
    this.counter = new Float64Array(slots).fill(-1);
    this.newestAt = new Float64Array(slots).fill(-1);
    this.resetAt = new Float64Array(slots).fill(Number.NEGATIVE_INFINITY);
    this.runningAtReset = new Float64Array(slots);
    this.counterBeforeReset = new Float64Array(slots).fill(Number.POSITIVE_INFINITY);
    this.offsetBeforeReset = new Float64Array(slots);
  }

  /** The counter in the newest packet, or -1. */
  lastCounter(slot: number): number {
    return this.counter[slot] as number;
  }

  /** Trade time of the newest packet, or -1. */
  lastTradeAt(slot: number): number {
    return this.newestAt[slot] as number;
  }

  /** Takes the counter as the new baseline: what was traded before it belongs to no minute. */
  rebase(slot: number, at: number, counter: number): void {
    if (at < (this.newestAt[slot] as number)) return;
    this.offset[slot] = (this.running[slot] as number) - counter;
    this.resetAt[slot] = Number.NEGATIVE_INFINITY;
    this.counterBeforeReset[slot] = Number.POSITIVE_INFINITY;
    this.counter[slot] = counter;
    this.newestAt[slot] = at;
  }

  /** The running volume after a trade at `at`. */
  advance(slot: number, at: number, counter: number): number {
    const newest = this.newestAt[slot] as number;
    const running = this.running[slot] as number;
    const resetAt = this.resetAt[slot] as number;
    if (at >= resetAt && counter >= (this.counterBeforeReset[slot] as number)) {
      if (at - resetAt <= GLITCH_MS) {
        this.offset[slot] = this.offsetBeforeReset[slot] as number;
        this.resetAt[slot] = Number.NEGATIVE_INFINITY;
      }
      this.counterBeforeReset[slot] = Number.POSITIVE_INFINITY;
    }
    if (at < resetAt) return this.advanceBeforeReset(slot, counter);
    let volume = counter + (this.offset[slot] as number);
    if (volume < running && at > newest) {
      if (counter < (this.counter[slot] as number)) {
        if (this.counterBeforeReset[slot] === Number.POSITIVE_INFINITY) {
          this.resetAt[slot] = at;
          this.counterBeforeReset[slot] = this.counter[slot] as number;
          this.offsetBeforeReset[slot] = this.offset[slot] as number;
          this.runningAtReset[slot] = running;
        }
        this.offset[slot] = running - counter;
      }
      volume = running;
    }
    if (volume > running) this.running[slot] = volume;
    if (at > newest || (at === newest && counter > (this.counter[slot] as number))) {
      this.newestAt[slot] = at;
      this.counter[slot] = counter;
    }
    return volume;
  }

  /** A late packet from before the reset: if it shows more than was known then, all that came after is that much more. */
  private advanceBeforeReset(slot: number, counter: number): number {
    const volume = counter + (this.offsetBeforeReset[slot] as number);
    const more = volume - (this.runningAtReset[slot] as number);
    if (more > 0) {
      this.runningAtReset[slot] = volume;
      this.offset[slot] = (this.offset[slot] as number) + more;
      this.running[slot] = (this.running[slot] as number) + more;
    }
    return volume;
  }
}
