/** Limits of the restart decision, all in real time. */
export interface RestartPolicy {
  /** Ready for this long: earlier failures are forgotten. */
  readonly stableMs: number;
  readonly backoffMinMs: number;
  readonly backoffMaxMs: number;
  readonly failureLimit: number;
  readonly failureWindowMs: number;
}

/** How one run of a child ended. Instants are of the monotonic clock. */
export interface RunEnd {
  readonly startedAt: number;
  /** Null when it never became ready. */
  readonly readyAt: number | null;
  readonly endedAt: number;
  /** Null when a signal ended it. */
  readonly exitCode: number | null;
  readonly signal: string | null;
}

export type RestartDecision =
  /** Start again after a wait drawn evenly from 0 to `delayCeilingMs`. */
  | { readonly action: 'restart'; readonly delayCeilingMs: number; readonly reason: string }
  | { readonly action: 'give-up'; readonly reason: string };

/** Exit codes after which another start would fail in the same way: usage, credentials, configuration. */
export const PERMANENT_EXIT_CODES: ReadonlySet<number> = new Set([64, 77, 78]);

/**
 * What to do about a child that ended although it was wanted. `earlier` holds its previous such ends, oldest first.
 *
 * A child that had been ready restarts at once. From the second failure within `stableMs` of readiness on, the wait
 * is drawn with full jitter under a ceiling that doubles from `backoffMinMs` to `backoffMaxMs`; so is the wait of one
 * that never became ready. `failureLimit` failures within `failureWindowMs`, none of them after a stable run, and
 * exit codes that no restart can mend, end the attempts.
 */
export function decideRestart(earlier: readonly RunEnd[], end: RunEnd, policy: RestartPolicy): RestartDecision {
  if (end.exitCode !== null && PERMANENT_EXIT_CODES.has(end.exitCode)) {
    return { action: 'give-up', reason: `exit code ${end.exitCode} is not mended by a restart` };
  }
  const streak = isStable(end, policy) ? [end] : [...fromLastStable(earlier, policy), end];
  const recent = streak.filter((run) => !isStable(run, policy) && end.endedAt - run.endedAt <= policy.failureWindowMs);
  if (recent.length >= policy.failureLimit) {
    return {
      action: 'give-up',
      reason: `${recent.length} failures within ${seconds(policy.failureWindowMs)}, none after ${seconds(policy.stableMs)} of service`,
    };
  }
  if (streak.length === 1 && end.readyAt !== null) {
    return { action: 'restart', delayCeilingMs: 0, reason: 'it had been ready' };
  }
  const doublings = Math.max(0, streak.length - (end.readyAt === null ? 1 : 2));
  const delayCeilingMs = Math.min(policy.backoffMaxMs, policy.backoffMinMs * 2 ** Math.min(doublings, 30));
  return { action: 'restart', delayCeilingMs, reason: `failure ${streak.length} in a row` };
}

/** Whether a run served long enough for the failures before it to be forgotten. */
export function isStable(run: RunEnd, policy: RestartPolicy): boolean {
  return run.readyAt !== null && run.endedAt - run.readyAt >= policy.stableMs;
}

/** The last stable run and the failures after it; all of them when none was stable. */
function fromLastStable(earlier: readonly RunEnd[], policy: RestartPolicy): readonly RunEnd[] {
  return earlier.slice(
    Math.max(
      0,
      earlier.findLastIndex((run) => isStable(run, policy)),
    ),
  );
}

const seconds = (ms: number): string => `${ms / 1_000} s`;
