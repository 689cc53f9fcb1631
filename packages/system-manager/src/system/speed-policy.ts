/** Limits of the decision to slow a virtual market down. */
export interface SpeedPolicy {
  /** Market ms that work may be late before minutes suffer. */
  readonly graceMs: number;
  /** Real ms every such wait lasts at least, however fast the market. */
  readonly graceFloorMs: number;
  /** Real ms that the sealing of minutes may lag behind the market. */
  readonly behindMs: number;
  /** Late heartbeats in a row, of one process, after which the market slows down. */
  readonly lateHeartbeats: number;
  /** Each slow-down divides the speed by this. */
  readonly divisor: number;
}

/** Late heartbeats in a row so far, by process. */
export type LateStreaks = Readonly<Record<string, number>>;

export interface SpeedDecision {
  readonly streaks: LateStreaks;
  /** The speed to go on with; null leaves it. */
  readonly slowTo: number | null;
}

/** Loop lag, in real ms, above which a process is too late for a market at `speed`. */
export function tolerableLagMs(speed: number, policy: SpeedPolicy): number {
  return Math.max(policy.graceMs / speed, policy.graceFloorMs);
}

/** What one heartbeat tells about the pace of its process. */
export interface Pace {
  readonly process: string;
  /** Worst event-loop delay since the last heartbeat, real ms. */
  readonly loopLagMs: number;
  /** How far the process's work lags behind the market, real ms. */
  readonly behindMs: number;
}

/**
 * Whether the machine holds the speed, judged by one heartbeat. A market at speed 1 or less is never slowed down: there
 * is nothing virtual left to give.
 */
export function decideSpeed(speed: number, streaks: LateStreaks, pace: Pace, policy: SpeedPolicy): SpeedDecision {
  const isLate = pace.loopLagMs > tolerableLagMs(speed, policy) || pace.behindMs > policy.behindMs;
  const streak = isLate ? (streaks[pace.process] ?? 0) + 1 : 0;
  if (streak < policy.lateHeartbeats || speed <= 1) {
    return { streaks: { ...streaks, [pace.process]: streak }, slowTo: null };
  }
  return { streaks: {}, slowTo: Math.max(1, Math.round((speed / policy.divisor) * 10) / 10) };
}
