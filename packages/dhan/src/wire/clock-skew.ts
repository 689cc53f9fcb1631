import type { EpochMs } from '@rtp/core';

/** Answers whose bounds are put together. */
const REMEMBERED_ANSWERS = 20;
/** Resolution of the `Date` header. */
const HEADER_STEP_MS = 1_000;

interface Bounds {
  readonly least: number;
  readonly most: number;
}

/**
 * How far the broker's clock is from ours, from the `Date` headers of its answers.
 *
 * A header says D when the broker's clock stood between D and D + 1 s, at some moment between our request and its answer.
 * The difference is therefore between D less the answer's instant and D + 1 s less the request's. One answer leaves more
 * than a second open; what all of the last ones allow together, as in Marzullo's algorithm of NTP, is much narrower,
 * because they come at different fractions of a second. Answers that contradict each other mean that a clock was set:
 * the newest one then counts alone.
 */
export class ClockSkew {
  private readonly slowestMs: number;
  private answers: Bounds[] = [];

  /** Answers that took longer than `slowestMs` say too little and are passed over. */
  constructor(slowestMs: number) {
    this.slowestMs = slowestMs;
  }

  observe(dateHeader: string, sentAt: EpochMs, answeredAt: EpochMs): void {
    const date = Date.parse(dateHeader);
    if (!Number.isFinite(date) || answeredAt - sentAt > this.slowestMs) return;
    const newest = { least: date - answeredAt, most: date + HEADER_STEP_MS - sentAt };
    this.answers = [...this.answers.slice(1 - REMEMBERED_ANSWERS), newest];
    const together = intersection(this.answers);
    if (together.least > together.most) this.answers = [newest];
  }

  /** The broker's clock less ours, ms; the middle of what is possible. Null before the first answer. */
  get estimateMs(): number | null {
    if (this.answers.length === 0) return null;
    const { least, most } = intersection(this.answers);
    return Math.round((least + most) / 2);
  }
}

const intersection = (bounds: readonly Bounds[]): Bounds => ({
  least: Math.max(...bounds.map(({ least }) => least)),
  most: Math.min(...bounds.map(({ most }) => most)),
});
