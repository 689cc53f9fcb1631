import type { Instrument } from '@rtp/core';

/** What live sources (feed and quotes) saw of one instrument's day, by grid index. */
export interface LiveEvidence {
  /** A live source watched the whole minute. */
  isWatched(index: number): boolean;
  /** Volume moved in the minute (an index: it was quoted). */
  hasMoved(index: number): boolean;
  /**
   * The broker's day counter at the newest packet of the minute; before the open at -1, after the close at the number of
   * minutes; null where there was none.
   */
  counterAt(index: number): number | null;
  /** The counter fell, or came back from a fall, between the newest packets of two minutes. */
  isCounterBroken(from: number, to: number): boolean;
}

/** For a day on which no live source was running. */
export const noEvidence: LiveEvidence = {
  isWatched: () => false,
  hasMoved: () => false,
  counterAt: () => null,
  isCounterBroken: () => false,
};

/** Finds the evidence of an instrument. */
export type EvidenceOf = (instrument: Instrument) => LiveEvidence;

/**
 * What is known of volume in a minute. `moved`: it did. `still`: it did not, which is proved. `unseen`: sources were there
 * before it, and missed it. `doubtful`: they came after it, and their counters hold more than the chart has up to then, be it
 * auction volume or a trade of that minute; or there is no counter, and it is of an index, which is quoted in every minute of
 * an open market, or of a date that is not over, whose chart may be late. `unobserved`: no counter can say anything of it.
 */
export type VolumeEvidence = 'moved' | 'still' | 'unseen' | 'doubtful' | 'unobserved';

/** Endpoints tried on each side: a trade in the last second of a minute may be counted in the next one (wire §7.6). */
const ENDPOINTS = 3;

/**
 * Judges the minutes of one instrument's day. Where a minute was not watched, the counters of watched minutes around it
 * decide: their difference is the charted volume between them, and nothing was traded in any minute that the chart lacks; or
 * it is more, and something was. Before the first watched minute counting starts at the open with 0, or with what the
 * counter showed before it: a difference proves nothing there, since auction volume may be in the counter (wire §7.4). Nor
 * does one to the counter after the close.
 */
export class VolumeJudge {
  private readonly evidence: LiveEvidence;
  private readonly isDoubted: boolean;
  private readonly minutes: number;
  /** Charted volume of the minutes before an index. */
  private readonly chartedBefore: Float64Array;
  /** Watched minutes with a counter, ascending; found when first needed. */
  private endpoints: readonly number[] | null = null;
  private observedFrom: number | null = null;

  /**
   * `charted` is the chart's volume of each minute, 0 where it lacks one; `isDoubted`: what it lacks is doubtful where no
   * counter says anything.
   */
  constructor(evidence: LiveEvidence, charted: Float64Array, isDoubted = false) {
    this.evidence = evidence;
    this.isDoubted = isDoubted;
    this.minutes = charted.length;
    this.chartedBefore = new Float64Array(charted.length + 1);
    for (const [index, volume] of charted.entries()) {
      this.chartedBefore[index + 1] = (this.chartedBefore[index] as number) + volume;
    }
  }

  of(index: number): VolumeEvidence {
    const { evidence } = this;
    if (evidence.hasMoved(index)) return 'moved';
    if (evidence.isWatched(index) && !evidence.isCounterBroken(index - 1, index)) return 'still';
    const told = this.byCounters(index);
    if (told !== null) return told;
    if (index >= this.firstObserved()) return 'unseen';
    return this.isDoubted || this.findEndpoints().length > 0 ? 'doubtful' : 'unobserved';
  }

  private byCounters(index: number): 'moved' | 'still' | null {
    const endpoints = this.findEndpoints();
    const split = endpoints.findIndex((endpoint) => endpoint >= index);
    if (split < 0) return null;
    const before = endpoints.slice(Math.max(0, split - ENDPOINTS), split);
    const after = endpoints.slice(split, split + ENDPOINTS);
    let isMore = before.length > 0 && (after[0] as number) < this.minutes;
    for (const to of after) {
      const end = this.evidence.counterAt(to) as number;
      for (const from of before) {
        const excess = this.excess(from, this.evidence.counterAt(from) as number, to, end);
        if (excess === 0) return 'still';
        if (to < this.minutes && !(excess > 0)) isMore = false;
      }
      if (before.length > 0) continue;
      for (const start of [0, this.evidence.counterAt(-1) ?? 0])
        if (this.excess(-1, start, to, end) === 0) return 'still';
    }
    return isMore ? 'moved' : null;
  }

  /** By how much the counter has risen more than the chart accounts for; NaN when it broke in between. */
  private excess(from: number, start: number, to: number, end: number): number {
    if (this.evidence.isCounterBroken(from, to)) return Number.NaN;
    const last = Math.min(to + 1, this.minutes);
    const charted = (this.chartedBefore[last] as number) - (this.chartedBefore[from + 1] as number);
    return end - start - charted;
  }

  private findEndpoints(): readonly number[] {
    if (this.endpoints !== null) return this.endpoints;
    const found: number[] = [];
    for (let index = 0; index < this.minutes; index += 1) {
      if (this.evidence.counterAt(index) !== null && this.evidence.isWatched(index)) found.push(index);
    }
    if (this.evidence.counterAt(this.minutes) !== null) found.push(this.minutes);
    this.endpoints = found;
    return found;
  }

  private firstObserved(): number {
    if (this.observedFrom !== null) return this.observedFrom;
    let index = 0;
    while (index < this.minutes && !this.evidence.isWatched(index) && !this.evidence.hasMoved(index)) index += 1;
    this.observedFrom = index;
    return index;
  }
}
