import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import {
  type Component,
  type ComponentState,
  type DataPaths,
  dataPaths,
  identityOf,
  realDelay,
  silentLogger,
} from '@rtp/core';
import { DeathLedger } from '../../../packages/system-manager/src/records/death-ledger.ts';
import {
  type ChildLimits,
  SupervisedChild,
  type SupervisedChildOptions,
} from '../../../packages/system-manager/src/supervisor/supervised-child.ts';

export const fixture = (name: string): string => resolve(import.meta.dirname, '../fixtures', `${name}.ts`);

/** Tight enough for a test, loose enough for a loaded machine to start Node in. */
export const testLimits: ChildLimits = {
  readyTimeoutMs: 10_000,
  heartbeatIntervalMs: 50,
  missedHeartbeats: 20,
  stuckAfterMs: 60_000,
  longOperationMaxMs: 60_000,
  stopTimeoutMs: 5_000,
  termTimeoutMs: 200,
  stableMs: 60_000,
  backoffMinMs: 1,
  backoffMaxMs: 10,
  failureLimit: 3,
  failureWindowMs: 600_000,
};

export interface WatchedChild {
  readonly child: SupervisedChild;
  /** Resolves when the child is in `state`; rejects after a generous while. */
  reaches(state: ComponentState): Promise<void>;
}

const dataDirs: string[] = [];
const watched = new Set<SupervisedChild>();
let testOver = new AbortController();

export function superviseFixture(
  name: string,
  limits: Partial<ChildLimits> = {},
  options: Partial<SupervisedChildOptions> & { readonly component?: Component } = {},
): WatchedChild {
  const looks = new Set<() => void>();
  const child: SupervisedChild = new SupervisedChild({
    component: 'store',
    program: () => ({ file: fixture(name), args: [], env: { PATH: process.env.PATH ?? '' } }),
    limits: () => ({ ...testLimits, ...limits }),
    ledger: temporaryLedger(),
    logger: silentLogger,
    onChange: () => {
      for (const look of [...looks]) look();
    },
    ...options,
  });
  watched.add(child);
  const reaches = (state: ComponentState): Promise<void> =>
    new Promise((resolvePromise, reject) => {
      const giveUp = new AbortController();
      const look = (): void => {
        if (child.state !== state) return;
        looks.delete(look);
        giveUp.abort();
        resolvePromise();
      };
      looks.add(look);
      realDelay(50_000, AbortSignal.any([giveUp.signal, testOver.signal])).then(
        () => reject(new Error(`${name} is ${child.state} (${child.reason}), not ${state}`)),
        () => {},
      );
      look();
    });
  return { child, reaches };
}

/** An empty ledger of deaths in a directory of its own. */
export function temporaryLedger(): DeathLedger {
  return new DeathLedger(temporaryDataDir(), () => {});
}

/** A data directory with an empty run folder, removed by `killSupervised`. */
export function temporaryDataDir(): DataPaths {
  const dir = mkdtempSync(join(tmpdir(), 'rtp-supervised-'));
  dataDirs.push(dir);
  const paths = dataPaths(dir);
  mkdirSync(paths.runDir);
  return paths;
}

/** Kills whatever a failed test left. */
export function killSupervised(): void {
  for (const child of watched) {
    child.down('the test is over', 'operator');
    child.kill();
  }
  watched.clear();
  for (const dir of dataDirs.splice(0)) rmSync(dir, { recursive: true, force: true });
  testOver.abort();
  testOver = new AbortController();
}

/** Resolves when no process has that number any more. */
export async function processEnds(pid: number, withinMs = 10_000): Promise<void> {
  for (let waited = 0; identityOf(pid) !== null; waited += 20) {
    if (waited > withinMs) throw new Error(`process ${pid} is still there`);
    await realDelay(20);
  }
}
