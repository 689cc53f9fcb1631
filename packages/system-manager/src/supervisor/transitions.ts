import type { ComponentState } from '@rtp/core';

/** Every change of state a supervised child may make. */
export const TRANSITIONS: Readonly<Record<ComponentState, readonly ComponentState[]>> = {
  stopped: ['starting'],
  starting: ['ready', 'degraded', 'stopping', 'backoff', 'fatal', 'stopped'],
  ready: ['degraded', 'stopping', 'backoff', 'fatal'],
  degraded: ['ready', 'stopping', 'backoff', 'fatal'],
  stopping: ['stopped', 'starting', 'backoff', 'fatal'],
  backoff: ['starting', 'stopped'],
  exited: ['starting', 'stopped', 'backoff', 'fatal'],
  fatal: ['starting', 'stopped'],
};

/** One step in the life of a child. */
export interface Transition {
  /** Host wall clock, ISO 8601. */
  readonly at: string;
  readonly from: ComponentState;
  readonly to: ComponentState;
  readonly reason: string;
}
