/** Time limits of one process of a child, all of the monotonic clock. */
export interface RunLimits {
  readonly readyTimeoutMs: number;
  readonly heartbeatIntervalMs: number;
  /** Heartbeats missed in a row before the process counts as dead. */
  readonly missedHeartbeats: number;
  /** On duty without progress for this long, it counts as stuck. */
  readonly stuckAfterMs: number;
  /** Longest operation that a child may announce. */
  readonly longOperationMaxMs: number;
  /** From the request to stop to SIGKILL at the latest. */
  readonly stopTimeoutMs: number;
  /** Between SIGTERM and SIGKILL. */
  readonly termTimeoutMs: number;
}
