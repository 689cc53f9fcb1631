/**
 * Which key of the configuration concerns whom, when it changes in a running system.
 *
 * A component reads its configuration once, when it starts: what it reads takes effect by its restart. What the manager alone
 * reads takes effect at once, and so does the level of the logs, by an order. The longest entry that a key begins with holds.
 */
import { COMPONENTS, type Component } from '@rtp/core';

export type KeyEffect =
  /** These read it, and are restarted if the system has them. */
  | { readonly kind: 'restart'; readonly components: readonly Component[] }
  /** Takes effect while all goes on. */
  | { readonly kind: 'live' }
  /** A running system stands on it. */
  | { readonly kind: 'start' };

const restarts = (...components: readonly Component[]): KeyEffect => ({ kind: 'restart', components });
const everybody = restarts(...COMPONENTS);
const live: KeyEffect = { kind: 'live' };
const start: KeyEffect = { kind: 'start' };

/** By key, or the beginning of keys up to a dot. Every section has an entry. */
export const KEY_EFFECTS: Readonly<Record<string, KeyEffect>> = {
  source: start,
  data_dir: start,
  broker: restarts('pipeline'),
  'broker.chart_calls_per_day': restarts('scheduler', 'pipeline'),
  performance: restarts('store', 'pipeline'),
  pipeline: restarts('scheduler', 'pipeline'),
  'pipeline.market_hours': everybody,
  store: restarts('store'),
  'store.seal_deadline': restarts('store', 'scheduler', 'pipeline'),
  data_api: restarts('store'),
  control_api: restarts('scheduler'),
  monitor: restarts('monitor'),
  // The manager has a monitor or has none.
  'monitor.enabled': live,
  supervision: live,
  'supervision.heartbeat_interval_ms': everybody,
  'supervision.stop_timeout_ms': everybody,
  'supervision.orphan_exit_ms': everybody,
  'supervision.long_operation_max_ms': restarts('store'),
  recovery: restarts('scheduler'),
  jobs: restarts('scheduler'),
  calendar: everybody,
  // The manager's own log has been opened with these.
  logging: start,
  'logging.level': live,
  simulator: live,
};

/** The same where a simulated day runs: it has been prepared, and its pace settled, from these. */
const SIMULATED_EFFECTS: Readonly<Record<string, KeyEffect>> = {
  simulator: start,
  calendar: start,
  'pipeline.market_hours': start,
  'pipeline.universe_file': start,
  'pipeline.grace_ms': start,
  'pipeline.grace_floor_ms': start,
  'broker.rest_url': start,
  'broker.auth_url': start,
  'broker.feed_url': start,
  'broker.scrip_master_url': start,
  'supervision.start_lead_ms': start,
  'supervision.late_heartbeats': start,
  'supervision.behind_ms': start,
  'supervision.steady_heartbeats': start,
  'supervision.slow_down_divisor': start,
};

/** What a change of `key` comes to. */
export function effectOf(key: string, isSimulated: boolean): KeyEffect {
  const steps = key.split('.');
  for (let length = steps.length; length > 0; length -= 1) {
    const path = steps.slice(0, length).join('.');
    const effect = (isSimulated ? SIMULATED_EFFECTS[path] : undefined) ?? KEY_EFFECTS[path];
    if (effect !== undefined) return effect;
  }
  throw new Error(`no entry says whom ${key} concerns`);
}
