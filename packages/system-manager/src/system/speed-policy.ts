/** Limits of the decision to change the speed of a virtual market. */
export interface SpeedPolicy {
  /** Market ms that work may be late before minutes suffer. */
  readonly graceMs: number;
  /** Real ms every such wait lasts at least, however fast the market. */
  readonly graceFloorMs: number;
  /** Real ms that the sealing of minutes may lag behind the market. */
  readonly behindMs: number;
  /** Late heartbeats in a row, of one process, after which the market slows down. */
  readonly lateHeartbeats: number;
  /** Each slow-down divides the speed by this, each recovery multiplies it. */
  readonly divisor: number;
  /** Heartbeats on time in a row, of all processes together, after which a slowed market is let run faster. */
  readonly steadyHeartbeats: number;
}

/** What the heartbeats so far have shown. */
export interface PaceMemory {
  /** Late heartbeats in a row, by process. */
  readonly late: Readonly<Record<string, number>>;
  /** Heartbeats on time since the last late one or the last change, of whatever process. */
  readonly steady: number;
}

export const NOTHING_SEEN: PaceMemory = { late: {}, steady: 0 };

export interface SpeedDecision {
  readonly memory: PaceMemory;
  /** The speed to go on with; null leaves it. */
  readonly goTo: number | null;
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

/** The speed at hand and the one that was asked for. */
export interface Speeds {
  readonly now: number;
  readonly asked: number;
}

/**
 * Whether the machine holds the speed, judged by one heartbeat: slower after late ones, back towards what was asked
 * for after steady ones. A market at speed 1 or less is never slowed down: there is nothing virtual left to give.
 */
export function decideSpeed(speeds: Speeds, memory: PaceMemory, pace: Pace, policy: SpeedPolicy): SpeedDecision {
  const isLate = pace.loopLagMs > tolerableLagMs(speeds.now, policy) || pace.behindMs > policy.behindMs;
  const streak = isLate ? (memory.late[pace.process] ?? 0) + 1 : 0;
  const steady = isLate ? 0 : memory.steady + 1;
  if (streak >= policy.lateHeartbeats && speeds.now > 1) {
    return { memory: NOTHING_SEEN, goTo: Math.max(1, tenths(speeds.now / policy.divisor)) };
  }
  if (steady >= policy.steadyHeartbeats && speeds.now < speeds.asked) {
    return { memory: NOTHING_SEEN, goTo: Math.min(speeds.asked, tenths(speeds.now * policy.divisor)) };
  }
  return { memory: { late: { ...memory.late, [pace.process]: streak }, steady }, goTo: null };
}

const tenths = (speed: number): number => Math.round(speed * 10) / 10;
