import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type RunningSystem, type StartOptions, startSystem } from '@rtp/system-manager';
import { fixture } from './children.ts';

const dirs: string[] = [];
const systems: RunningSystem[] = [];

export function temporaryDir(): string {
  const dir = mkdtempSync(join(tmpdir(), 'rtp-system-'));
  dirs.push(dir);
  return dir;
}

export const credentials = { DHAN_CLIENT_ID: '1100000000', DHAN_API_TOKEN: 'canary-token' };

/** A configuration whose waits suit a test. */
export const quick = {
  missed_heartbeats: 40,
  heartbeat_interval_ms: 50,
  backoff_min_ms: 1,
  backoff_max_ms: 5,
  failure_limit: 3,
  stop_timeout_ms: 1_500,
  store_stop_timeout_ms: 1_500,
  term_timeout_ms: 300,
  orphan_exit_ms: 1_000,
  status_interval_ms: 100,
  usage_interval_ms: 200,
};

export interface FixtureNames {
  readonly store?: string;
  readonly scheduler?: string;
  readonly monitor?: string;
  readonly pipeline?: string;
}

/** Options for a system of fixtures with the broker as its source, on free ports. */
export function fixtureOptions(dir: string, names: FixtureNames = {}, options: StartOptions = {}): StartOptions {
  const program = (name = 'ready-then-idle'): { file: string } => ({ file: fixture(name) });
  return {
    env: { PATH: process.env.PATH, HOME: process.env.HOME, RTP_STATE_DIR: join(dir, 'state'), ...credentials },
    dotenvFile: join(dir, 'no.env'),
    configFile: join(import.meta.dirname, '../fixtures/empty-config.json'),
    programs: {
      store: program(names.store),
      scheduler: program(names.scheduler),
      monitor: program(names.monitor),
      pipeline: program(names.pipeline),
    },
    ...options,
    flags: {
      source: 'dhan',
      data_dir: dir,
      data_api: { port: 0 },
      control_api: { port: 0 },
      supervision: quick,
      ...options.flags,
    },
  };
}

export async function startFixtures(
  dir: string,
  names: FixtureNames = {},
  options: StartOptions = {},
): Promise<RunningSystem> {
  const system = await startSystem(fixtureOptions(dir, names, options));
  systems.push(system);
  return system;
}

/** Stops what a test started and removes its directories. */
export async function endSystems(): Promise<void> {
  await Promise.all(systems.splice(0).map((system) => system.stop('the test is over')));
  for (const dir of dirs.splice(0)) rmSync(dir, { recursive: true, force: true });
}
