import type { EpochMs, MarketClock } from '@rtp/core';

const SECOND_MS = 1_000;
/** Calls exactly a second apart are within one (wire §10): the next goes a little later. */
const BEYOND_MS = 1;
/** Answers of which the quickest is taken for the usual way there and back. */
const REMEMBERED_ANSWERS = 500;
/** Answers before which nothing is known of what is usual: the first ones open connections. */
const FIRST_ANSWERS = 5;
/** Real time by which a way may be quicker than the quickest remembered. */
const QUICKER_MS = 2;

interface SentCall {
  readonly startedAt: EpochMs;
  answeredAt: EpochMs | null;
}

/**
 * Keeps the broker's limit of so many calls in any second, which counts calls when they arrive there (wire §6.1), however
 * uneven the way is.
 *
 * A call that took x longer than the usual way there and back has arrived at most x later than usual; one without an
 * answer may be arriving now. A call is therefore held back while as many others as the limit allows beside it may have
 * arrived, or arrive, within the second before it would. A way that is long but even costs nothing. Market time throughout.
 */
export class BrokerSecond {
  private readonly limit: number;
  private readonly clock: MarketClock;
  private sent: SentCall[] = [];
  private readonly tookMs: number[] = [];

  constructor(limit: number, clock: MarketClock) {
    this.limit = limit;
    this.clock = clock;
  }

  /** Notes a call that starts; the result is called when its answer is there, or it has failed. */
  start(): () => void {
    const startedAt = this.clock.now();
    const call: SentCall = { startedAt, answeredAt: null };
    this.sent.push(call);
    return () => {
      call.answeredAt = this.clock.now();
      this.tookMs.push(call.answeredAt - startedAt);
      if (this.tookMs.length > REMEMBERED_ANSWERS) this.tookMs.shift();
    };
  }

  /** When the next call may start, as far as that is known: now, or when to ask again unless an answer comes before. */
  freeAt(): EpochMs {
    const now = this.clock.now();
    const isKnown = this.tookMs.length >= FIRST_ANSWERS;
    const usualMs = isKnown ? Math.max(0, Math.min(...this.tookMs) - QUICKER_MS * this.clock.speed) : 0;
    const latest = (call: SentCall): EpochMs => Math.max(call.startedAt, (call.answeredAt ?? now) - usualMs);
    this.sent = this.sent.filter((call) => call.answeredAt === null || latest(call) >= now - SECOND_MS);
    const near = this.sent.map(latest).filter((arrivedBy) => arrivedBy >= now - SECOND_MS);
    return near.length < this.limit ? now : Math.min(...near) + SECOND_MS + BEYOND_MS;
  }
}
