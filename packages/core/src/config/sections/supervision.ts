import { z } from 'zod';

/** Restart and liveness policy of child processes; all of it in real time. */
export const supervisionSection = z.strictObject({
  ready_timeout_ms: z.int().min(100).default(30_000).describe('Real time a child has from its start to ready.'),
  heartbeat_interval_ms: z.int().min(50).default(2_000).describe('Real time between two heartbeats of a child.'),
  missed_heartbeats: z.int().min(2).default(3).describe('Heartbeats missed in a row before a child counts as dead.'),
  stuck_after_ms: z
    .int()
    .min(1_000)
    .default(180_000)
    .describe('In session, alive without any progress for this long, a child counts as stuck; longer below speed 1.'),
  long_operation_max_ms: z
    .int()
    .min(0)
    .default(600_000)
    .describe('Longest operation that a child may announce; while it lasts heartbeats and progress may be missing.'),
  dependency_grace_ms: z
    .int()
    .min(0)
    .default(30_000)
    .describe('A component may be away for this long before those that need it are stopped until it serves again.'),
  stable_ms: z.int().min(0).default(60_000).describe('Ready for this long: earlier failures are forgotten.'),
  backoff_min_ms: z
    .int()
    .min(1)
    .default(1_000)
    .describe('Wait before the second restart within stable_ms; doubles with every failure, jittered.'),
  backoff_max_ms: z.int().min(1).default(60_000).describe('Longest wait before a restart.'),
  failure_limit: z
    .int()
    .min(1)
    .default(5)
    .describe('Failures within failure_window_ms, none of which reached stable_ms, after which a child is given up.'),
  failure_window_ms: z.int().min(1).default(600_000).describe('Time over which those failures are counted.'),
  stop_timeout_ms: z
    .int()
    .min(100)
    .default(15_000)
    .describe('From the request to stop to SIGKILL at the latest; SIGTERM comes term_timeout_ms before it.'),
  store_stop_timeout_ms: z
    .int()
    .min(100)
    .default(60_000)
    .describe('The same for the store, which may be sealing a day.'),
  term_timeout_ms: z.int().min(10).default(5_000).describe('Between SIGTERM and SIGKILL.'),
  orphan_exit_ms: z.int().min(100).default(8_000).describe('A child whose manager is gone must be gone within this.'),
  status_interval_ms: z
    .int()
    .min(50)
    .default(1_000)
    .describe(
      'Time between two snapshots of the whole system for the scheduler and the monitor; a change sends one at once.',
    ),
  usage_interval_ms: z.int().min(100).default(5_000).describe('Time between two readings of memory and CPU time.'),
  start_lead_ms: z
    .int()
    .min(0)
    .default(5_000)
    .describe('Real time that a simulated day begins ahead of its first minute, so that all are ready for it.'),
  late_heartbeats: z
    .int()
    .min(1)
    .default(5)
    .describe('Late heartbeats in a row after which a simulated market is slowed down.'),
  behind_ms: z
    .int()
    .min(1)
    .default(1_000)
    .describe('Real time that the sealing of minutes may lag behind a simulated market before a heartbeat is late.'),
  steady_heartbeats: z
    .int()
    .min(1)
    .default(30)
    .describe('Heartbeats on time in a row, of all processes, after which a slowed market is let run faster.'),
  slow_down_divisor: z.number().min(1.01).default(1.25).describe('By how much a simulated market is slowed down.'),
});
