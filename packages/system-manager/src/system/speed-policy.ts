/** Limits of the decision to slow a virtual market down. */
export interface SpeedPolicy {
  /** Market ms that work may be late before minutes suffer. */
  readonly graceMs: number;
  /** Real ms every such wait lasts at least, however fast the market. */
  readonly graceFloorMs: number;
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

/**
 * Whether the machine holds the speed, judged by one heartbeat's worst loop lag. A market at speed 1 or less is never
 * slowed down: there is nothing virtual left to give.
 */
export function decideSpeed(
  speed: number,
  streaks: LateStreaks,
  heartbeat: { readonly process: string; readonly loopLagMs: number },
  policy: SpeedPolicy,
): SpeedDecision {
  const isLate = heartbeat.loopLagMs > tolerableLagMs(speed, policy);
  const streak = isLate ? (streaks[heartbeat.process] ?? 0) + 1 : 0;
  if (streak < policy.lateHeartbeats || speed <= 1) {
    return { streaks: { ...streaks, [heartbeat.process]: streak }, slowTo: null };
  }
  return { streaks: {}, slowTo: Math.max(1, Math.round((speed / policy.divisor) * 10) / 10) };
}
