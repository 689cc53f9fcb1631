import { join } from 'node:path';
import { COMPONENTS, type Component, type DataPaths, projectRoot, type RtpConfig, SECRET_VARIABLES } from '@rtp/core';
import type { ChildProgram } from '../supervisor/child-handle.ts';
import type { ChildLimits } from '../supervisor/supervised-child.ts';
import { childEnvironment } from './child-environment.ts';
import type { StartOptions } from './start-options.ts';

const PACKAGES: Readonly<Record<Component, string>> = {
  simulator: 'exchange-simulator',
  store: 'store',
  scheduler: 'scheduler',
  monitor: 'monitor',
  pipeline: 'pipeline',
};

/** A young generation of 1 MB instead of 16: about 13 MB less memory a process, for a little more collection; buffers are collected on request. */
const NODE_OPTIONS = ['--max-semi-space-size=1', '--expose-gc'];
/** For processes that compute little: another 10 MB less each, for slower code. */
const IDLE_NODE_OPTIONS = [...NODE_OPTIONS, '--optimize-for-size'];
const IDLE: ReadonlySet<Component> = new Set(['scheduler', 'monitor']);

export interface ChildProgramsInput {
  readonly config: RtpConfig;
  readonly paths: DataPaths;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Only the pipeline sees these. */
  readonly brokerEnv: Readonly<Record<string, string>>;
  /** Only the scheduler sees it: the Control API's token, when one was given. */
  readonly apiToken: string | undefined;
  readonly overrides: StartOptions['programs'];
}

/** The components of a run, and what is started for each. */
export type ChildPrograms = Readonly<Partial<Record<Component, ChildProgram>>>;

export function childPrograms(input: ChildProgramsInput): ChildPrograms {
  const { config, paths, env, brokerEnv, apiToken, overrides = {} } = input;
  const own: Partial<Record<Component, Readonly<Record<string, string>>>> = {
    pipeline: brokerEnv,
    scheduler: apiToken === undefined ? {} : { [SECRET_VARIABLES.apiToken]: apiToken },
  };
  const programs: Partial<Record<Component, ChildProgram>> = {};
  for (const component of COMPONENTS) {
    if (component === 'simulator' && config.source !== 'simulator') continue;
    if (component === 'monitor' && !config.monitor.enabled) continue;
    const override = overrides[component];
    if (override === null) continue;
    programs[component] = {
      file: override?.file ?? join(projectRoot, 'packages', PACKAGES[component], 'src/main.ts'),
      args: ['--data-dir', paths.dataDir],
      nodeOptions: IDLE.has(component) ? IDLE_NODE_OPTIONS : NODE_OPTIONS,
      env: childEnvironment(env, own[component] ?? {}),
    };
  }
  return programs;
}

/** The limits of one component, from the configuration. */
export function childLimits(config: RtpConfig, component: Component): ChildLimits {
  const { supervision } = config;
  return {
    readyTimeoutMs: supervision.ready_timeout_ms,
    heartbeatIntervalMs: supervision.heartbeat_interval_ms,
    missedHeartbeats: supervision.missed_heartbeats,
    stuckAfterMs: supervision.stuck_after_ms,
    longOperationMaxMs: supervision.long_operation_max_ms,
    stopTimeoutMs: component === 'store' ? supervision.store_stop_timeout_ms : supervision.stop_timeout_ms,
    termTimeoutMs: supervision.term_timeout_ms,
    stableMs: supervision.stable_ms,
    backoffMinMs: supervision.backoff_min_ms,
    backoffMaxMs: supervision.backoff_max_ms,
    failureLimit: supervision.failure_limit,
    failureWindowMs: supervision.failure_window_ms,
  };
}
