import { readFileSync } from 'node:fs';
import { statFields } from './process-usage.ts';

/** Position of `starttime` (field 22 of proc_pid_stat(5)) among the fields from the third on. */
const START_TIME_INDEX = 19;

/** What tells a process from a later one with the same number. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Field 22 of `/proc/<pid>/stat`: start time in clock ticks since boot. */
  readonly startToken: string;
  /** `/proc/sys/kernel/random/boot_id` of the boot it belongs to. */
  readonly bootId: string;
}

/** The identity of a living process; null when there is none, or only a zombie is left. */
export function identityOf(pid: number): ProcessIdentity | null {
  try {
    const fields = statFields(readFileSync(`/proc/${pid}/stat`, 'latin1'));
    const startToken = fields[START_TIME_INDEX];
    if (startToken === undefined || fields[0] === 'Z' || fields[0] === 'X') return null;
    return { pid, startToken, bootId: bootId() };
  } catch {
    return null;
  }
}

/** Whether the very process of `identity` still lives. */
export function isAlive(identity: ProcessIdentity): boolean {
  const now = identityOf(identity.pid);
  return now !== null && now.startToken === identity.startToken && now.bootId === identity.bootId;
}

let cachedBootId: string | undefined;

/** The kernel's id of this boot. */
export function bootId(): string {
  cachedBootId ??= readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim();
  return cachedBootId;
}
