import { readFile } from 'node:fs/promises';

/** Clock ticks a second in `/proc/<pid>/stat`: the kernel's USER_HZ, 100 on every Linux that Node supports. */
const TICKS_PER_SECOND = 100;

/** What one process costs. */
export interface ProcessUsage {
  /** Proportional set size: shared pages count in parts, so that the sum over processes is true. */
  readonly pssBytes: number;
  readonly rssBytes: number;
  /** User and system time since the process began. */
  readonly cpuSeconds: number;
}

/** Reads memory and CPU time of `pid` from /proc; null when it is gone or not ours to read. */
export async function readProcessUsage(pid: number): Promise<ProcessUsage | null> {
  try {
    const [rollup, stat] = await Promise.all([
      readFile(`/proc/${pid}/smaps_rollup`, 'latin1'),
      readFile(`/proc/${pid}/stat`, 'latin1'),
    ]);
    const [userTicks, systemTicks] = statFields(stat).slice(11, 13);
    return {
      pssBytes: rollupBytes(rollup, 'Pss'),
      rssBytes: rollupBytes(rollup, 'Rss'),
      cpuSeconds: (Number(userTicks) + Number(systemTicks)) / TICKS_PER_SECOND,
    };
  } catch {
    return null;
  }
}

/** Fields of `/proc/<pid>/stat` from the third on (state is index 0): the second may hold spaces and parentheses. */
export function statFields(stat: string): string[] {
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}

function rollupBytes(rollup: string, name: string): number {
  const kilobytes = new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(rollup)?.[1];
  return Number(kilobytes ?? 0) * 1024;
}
