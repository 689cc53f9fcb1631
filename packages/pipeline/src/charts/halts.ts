import type { RtpConfig } from '@rtp/core';

/** What an expected minute turned out to be: with trades, proved to be without, or not settled. */
export type MinuteFate = 'traded' | 'quiet' | 'open';

/** When silence is more than the ordinary pauses of trading. */
export interface HaltRule {
  /** Shortest unbroken run of quiet minutes. */
  readonly minutes: number;
  /** Least part of all other expected minutes that must have trades. */
  readonly tradedShare: number;
}

export function haltRuleOf(config: Pick<RtpConfig['pipeline'], 'halt_minutes' | 'halt_traded_share'>): HaltRule {
  return { minutes: config.halt_minutes, tradedShare: config.halt_traded_share };
}

/** Positions `from` to `to` among the expected minutes, inclusive. */
export interface QuietRun {
  readonly from: number;
  readonly to: number;
}

/** Other expected minutes needed to judge by, in lengths of the shortest halt. */
const LEAST_OTHERS = 2;

/**
 * The unbroken quiet runs that are halts: too long for an instrument that otherwise trades nearly every minute. `fates` are
 * the expected minutes in order.
 *
 * The defaults (10 minutes, 0.9) come from recorded days: of 83 large and middle shares on 2016-09-30 the longest of 290
 * quiet minutes' runs is 4 minutes, in a share that traded in 88 % of the day; five shares over three days of 2025 and two
 * of 2020 have no quiet minute at all. With a tenth of its minutes quiet at random, a share would show a run of 10 once
 * in 100,000 years. A market-wide halt by index lasts at least 15 minutes.
 */
export function findHalts(fates: readonly MinuteFate[], rule: HaltRule): readonly QuietRun[] {
  const traded = fates.filter((fate) => fate === 'traded').length;
  return quietRuns(fates).filter(({ from, to }) => {
    const length = to - from + 1;
    const others = fates.length - length;
    return length >= rule.minutes && others >= LEAST_OTHERS * rule.minutes && traded >= rule.tradedShare * others;
  });
}

/** All unbroken runs of quiet minutes. */
export function quietRuns(fates: readonly MinuteFate[]): readonly QuietRun[] {
  const runs: QuietRun[] = [];
  for (let from = 0; from < fates.length; from += 1) {
    if (fates[from] !== 'quiet') continue;
    let to = from;
    while (fates[to + 1] === 'quiet') to += 1;
    runs.push({ from, to });
    from = to;
  }
  return runs;
}
