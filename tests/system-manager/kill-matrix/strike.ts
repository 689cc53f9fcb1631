import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import {
  type ComponentState,
  configSchema,
  identityOf,
  isAlive,
  monotonicMs,
  type ProcessIdentity,
  realDelay,
} from '@rtp/core';
import { tally } from '../../../packages/system-manager/src/records/death-record.ts';
import type { ChildLimits, SupervisedChild } from '../../../packages/system-manager/src/supervisor/supervised-child.ts';
import { fixture, superviseFixture, temporaryDataDir, temporaryLedger } from '../support/children.ts';
import type { Cell, Outcome, StruckState } from './cells.ts';

const LOOK_MS = 10;
const GIVE_UP_MS = 30_000;

/** Small, yet generous enough for Node to start in on a busy machine. */
const LIMITS: Partial<ChildLimits> = {
  readyTimeoutMs: 5_000,
  heartbeatIntervalMs: 100,
  missedHeartbeats: 8,
  stopTimeoutMs: 700,
  termTimeoutMs: 300,
  failureLimit: 100,
};
/** Where nothing must come of it: a process unmoved for this long has had all the time it takes to be found dead. */
const UNMOVED_MS = 3_000;

export interface Struck {
  readonly outcome: Outcome;
  readonly death: string | null;
  /** From the signal to the outcome, real ms. */
  readonly tookMs: number;
  /** Processes of this cell that outlived it. */
  readonly orphans: readonly number[];
  /** Processes looked after, grandchildren included. */
  readonly processes: number;
}

/** A run folder as the manager prepares one, for children that stand on the runtime of our own. */
function runFolder(): string {
  const paths = temporaryDataDir();
  const heartbeat_interval_ms = LIMITS.heartbeatIntervalMs;
  const config = configSchema.parse({ data_dir: paths.dataDir, supervision: { heartbeat_interval_ms } });
  writeFileSync(paths.resolvedConfigFile, JSON.stringify(config));
  return paths.dataDir;
}

/** Brings a child into a state, strikes it, and tells what became of it and of every process around it. */
export async function strike({ behaviour, state, signal, outcome: expected }: Cell): Promise<Struck> {
  const ledger = temporaryLedger();
  // Where something must come of it, a busy machine gets the time it needs.
  const patienceMs = expected === 'unmoved' || expected === 'waits' ? UNMOVED_MS : GIVE_UP_MS - 1_000;
  const isNeverReady = state === 'starting' && signal === 'SIGSTOP';
  const isWaiting = state === 'backoff';
  const limits: Partial<ChildLimits> = {
    ...LIMITS,
    ...(isNeverReady ? { readyTimeoutMs: 1_000 } : {}),
    ...(isWaiting ? { backoffMinMs: 60_000, backoffMaxMs: 60_000 } : {}),
  };
  const args = ['--data-dir', runFolder()];
  const program = () => ({ file: fixture(behaviour), args, env: { PATH: process.env.PATH ?? '' } });
  const { child } = superviseFixture(behaviour, limits, { ledger, program, random: () => (isWaiting ? 1 : 0) });
  const seen = new Map<number, ProcessIdentity>();
  let lastPid = 0;
  const note = (): void => {
    // Reading all of /proc takes its time: once for every process of the child.
    if (child.pid === null || child.pid === lastPid) return;
    lastPid = child.pid;
    for (const pid of familyOf(child.pid)) {
      const identity = identityOf(pid);
      if (identity !== null) seen.set(pid, identity);
    }
  };
  child.up('start', 'operator');
  await bring(child, state, note);
  // Children of its own may have come since it was first looked at.
  const pid = child.pid ?? lastPid;
  lastPid = 0;
  note();
  if (pid < 2) throw new Error(`${behaviour} has no process to strike`);
  const deathsBefore = ledger.deathsOf('store').length;
  const struckAt = monotonicMs();
  try {
    process.kill(isWaiting ? -pid : pid, signal);
  } catch {
    // In backoff there is nobody.
  }
  const outcome = await outcomeOf(child, isWaiting ? null : pid, state, patienceMs, note);
  const tookMs = monotonicMs() - struckAt;
  note();
  const [death = null] = Object.keys(
    tally(isWaiting ? ledger.deathsOf('store') : ledger.deathsOf('store').slice(deathsBefore)),
  );
  child.down('the cell is over', 'operator');
  while (child.state !== 'stopped') await realDelay(LOOK_MS);
  return { outcome, death, tookMs, orphans: await outliving(seen), processes: seen.size };
}

async function bring(child: SupervisedChild, state: StruckState, note: () => void): Promise<void> {
  const first: ComponentState = state === 'stopping' ? 'ready' : state;
  await until(() => child.state === first && (first === 'backoff' || child.pid !== null), note);
  // A flood or a leak is under way, a grandchild is there.
  if (first === 'ready') await until(() => (child.status().readyForMs ?? 0) > LOOK_MS || child.state !== 'ready', note);
  if (state === 'stopping') child.down('stop', 'operator');
}

async function outcomeOf(
  child: SupervisedChild,
  pid: number | null,
  state: StruckState,
  patienceMs: number,
  note: () => void,
): Promise<Outcome> {
  const since = monotonicMs();
  let outcome: Outcome | null = null;
  await until(() => {
    const isReplaced = child.pid !== null && child.pid !== pid && (state === 'starting' || child.isServing());
    if (child.state === 'stopped' || child.state === 'fatal') outcome = child.state;
    else if (pid === null) outcome = child.state === 'backoff' && monotonicMs() - since > patienceMs ? 'waits' : null;
    else if (isReplaced) outcome = 'replaced';
    else if (child.pid === pid && child.isServing() && monotonicMs() - since > patienceMs) outcome = 'unmoved';
    return outcome !== null;
  }, note);
  return outcome ?? 'unmoved';
}

async function until(condition: () => boolean, note: () => void): Promise<void> {
  const deadline = monotonicMs() + GIVE_UP_MS;
  while (!condition()) {
    if (monotonicMs() > deadline) throw new Error('the cell comes to no end');
    note();
    await realDelay(LOOK_MS);
  }
}

/** Those that still live a while after the child was stopped. */
async function outliving(seen: ReadonlyMap<number, ProcessIdentity>): Promise<number[]> {
  const deadline = monotonicMs() + 2_000;
  let left = [...seen.values()];
  while (left.length > 0 && monotonicMs() < deadline) {
    left = left.filter(isAlive);
    await realDelay(LOOK_MS);
  }
  return left.map(({ pid }) => pid);
}

/** A process, its descendants, and everybody of its group. */
function familyOf(pid: number): number[] {
  const family = new Set([pid]);
  const all = readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name)) return [];
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'latin1');
      const [, parent, group] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      return [{ pid: Number(name), parent: Number(parent), group: Number(group) }];
    } catch {
      return [];
    }
  });
  for (let grown = 0; grown !== family.size; ) {
    grown = family.size;
    for (const one of all) if (family.has(one.parent) || one.group === pid) family.add(one.pid);
  }
  return [...family];
}
