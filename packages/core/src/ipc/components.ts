/** The processes of a running system, in start order; stop order is the reverse. */
export const COMPONENTS = ['simulator', 'store', 'scheduler', 'monitor', 'pipeline'] as const;
export type Component = (typeof COMPONENTS)[number];

/** A child, or the manager itself: the names of PID records and logs. */
export type ProcessRole = Component | 'system-manager';

/** Base name of each process's log file. */
export const LOG_NAMES: Readonly<Record<ProcessRole, string>> = {
  'system-manager': 'system_manager',
  simulator: 'exchange_simulator',
  store: 'store',
  scheduler: 'pipeline_scheduler',
  monitor: 'pipeline_monitor',
  pipeline: 'realtime_pipeline',
};

/** Where a supervised child stands. `exited`: its process is gone and what follows is not decided yet. */
export const COMPONENT_STATES = [
  'stopped',
  'starting',
  'ready',
  'degraded',
  'backoff',
  'stopping',
  'exited',
  'fatal',
] as const;
export type ComponentState = (typeof COMPONENT_STATES)[number];

/** On whose account something changed: a person, the calendar, the health rules, the supervisor, the child itself, a new configuration. */
export const ACTORS = ['operator', 'calendar', 'health', 'supervisor', 'child', 'reload'] as const;
export type Actor = (typeof ACTORS)[number];
