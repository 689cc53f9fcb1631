import type { HeartbeatMessage, OperationMessage } from './child-messages.ts';
import { describeLook, lookAtProcess, type ProcessLook } from './process-evidence.ts';

import type { RunLimits } from './run-limits.ts';

/**
 * Whether a serving process still lives and still gets on, judged by its heartbeats. All instants are of the monotonic
 * clock, which stands still while the machine sleeps.
 *
 * dead: no sign of life for `missedHeartbeats` intervals. stuck: on duty, alive, and its progress counter has not moved
 * for `stuckAfterMs`. Neither is said during an announced operation, nor of a time in which the examiner itself was
 * held up: it has heard nobody then, which is no child's fault.
 */
export class Vitality {
  private readonly limits: RunLimits;
  private lastSignAt: number;
  private lastExaminedAt: number;
  private heartbeat: HeartbeatMessage | null = null;
  private progressAt: number;
  private onDutySince: number | null = null;
  private operation: { readonly what: string; readonly since: number; readonly until: number } | null = null;
  private pastOperationsMs = 0;
  private look: ProcessLook | null = null;

  constructor(limits: RunLimits, now: number) {
    this.limits = limits;
    this.lastSignAt = now;
    this.lastExaminedAt = now;
    this.progressAt = now;
  }

  /** Anything at all was heard. */
  onSign(now: number): void {
    this.lastSignAt = now;
    this.look = null;
  }

  onHeartbeat(message: HeartbeatMessage, now: number): void {
    if (this.heartbeat?.progress !== message.progress) this.progressAt = now;
    this.heartbeat = message;
  }

  onOperation({ what, maxMs }: OperationMessage, now: number): void {
    this.endOperation(now);
    if (what !== '') {
      this.operation = { what, since: now, until: now + Math.min(maxMs, this.limits.longOperationMaxMs) };
    }
  }

  /** Real ms that announced operations have taken so far, each no longer than it may. */
  excusedMs(now: number): number {
    const { operation } = this;
    return this.pastOperationsMs + (operation === null ? 0 : Math.min(now, operation.until) - operation.since);
  }

  /** Why the process should be ended, or null. To be called at every heartbeat interval. */
  examine(now: number, pid: number | null, isOnDuty: boolean): string | null {
    const { heartbeatIntervalMs, missedHeartbeats, stuckAfterMs } = this.limits;
    if (now - this.lastExaminedAt > 2 * heartbeatIntervalMs) this.forgive(now);
    this.lastExaminedAt = now;
    if (!isOnDuty) this.onDutySince = null;
    else this.onDutySince ??= now;
    if (this.operation !== null) {
      if (now < this.operation.until) return null;
      this.endOperation(now);
    }
    const silentMs = now - this.lastSignAt;
    if (silentMs > heartbeatIntervalMs * missedHeartbeats) return `no heartbeat for ${Math.round(silentMs)} ms`;
    if (silentMs > heartbeatIntervalMs && pid !== null) this.look ??= lookAtProcess(pid);
    if (this.onDutySince === null) return null;
    const idleMs = now - Math.max(this.progressAt, this.onDutySince);
    return idleMs > stuckAfterMs ? `alive without progress for ${Math.round(idleMs)} ms` : null;
  }

  /** All that is known of the process, for the record of its end. */
  describe(now: number, pid: number | null): string {
    const parts = [`last heard of ${Math.round(now - this.lastSignAt)} ms ago`];
    if (this.heartbeat !== null) {
      const { loopLagMs, rssBytes, progress } = this.heartbeat;
      const since = Math.round(now - this.progressAt);
      parts.push(
        `loop lag ${Math.round(loopLagMs)} ms`,
        `${Math.round(rssBytes / 1_048_576)} MB`,
        `progress ${progress} for ${since} ms`,
      );
    }
    if (pid !== null) parts.push(describeLook(lookAtProcess(pid), this.look));
    return parts.join(', ');
  }

  private endOperation(now: number): void {
    if (this.operation === null) return;
    this.pastOperationsMs = this.excusedMs(now);
    this.operation = null;
    this.forgive(now);
  }

  private forgive(now: number): void {
    this.lastSignAt = now;
    this.progressAt = now;
  }
}
