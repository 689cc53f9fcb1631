import type { Actor, ComponentState } from '@rtp/core';

/** Every change of state a supervised child may make. */
export const TRANSITIONS: Readonly<Record<ComponentState, readonly ComponentState[]>> = {
  stopped: ['starting', 'fatal'],
  starting: ['ready', 'degraded', 'stopping', 'exited'],
  ready: ['degraded', 'stopping', 'exited'],
  degraded: ['ready', 'stopping', 'exited'],
  stopping: ['exited'],
  exited: ['stopped', 'starting', 'backoff', 'fatal'],
  backoff: ['starting', 'stopped'],
  fatal: ['starting', 'stopped'],
};

/** One step in the life of a child. */
export interface Transition {
  /** Host wall clock, ISO 8601. */
  readonly at: string;
  readonly from: ComponentState;
  readonly to: ComponentState;
  readonly reason: string;
  /** On whose account. */
  readonly actor: Actor;
}
