import { readFileSync } from 'node:fs';
import { statFields } from '@rtp/core';

/** Position of utime (field 14 of proc_pid_stat(5)) among the fields from the third on; stime follows. */
const UTIME_INDEX = 11;

/** States of proc_pid_stat(5) that tell something about a process that does not answer. */
const STATE_WORDS: Readonly<Record<string, string>> = {
  R: 'running',
  S: 'sleeping',
  D: 'waiting for a disk',
  T: 'stopped by a signal',
  t: 'stopped by a debugger',
  Z: 'a zombie',
};

/** What the kernel says of a process at one moment. */
export interface ProcessLook {
  /** State letter of proc_pid_stat(5) with its word. */
  readonly state: string;
  /** Clock ticks of user and system time since it began. */
  readonly cpuTicks: number;
  /** The kernel function it waits in; empty where that is not to be read. */
  readonly waitsIn: string;
}

/** Looks at a process without disturbing it; null when it is gone. */
export function lookAtProcess(pid: number): ProcessLook | null {
  try {
    const fields = statFields(readFileSync(`/proc/${pid}/stat`, 'latin1'));
    const [utime = '0', stime = '0'] = fields.slice(UTIME_INDEX);
    const letter = fields[0] ?? '?';
    const word = STATE_WORDS[letter];
    return {
      state: word === undefined ? letter : `${letter} (${word})`,
      cpuTicks: Number(utime) + Number(stime),
      waitsIn: readWaitChannel(pid),
    };
  } catch {
    return null;
  }
}

function readWaitChannel(pid: number): string {
  try {
    const text = readFileSync(`/proc/${pid}/wchan`, 'latin1').trim();
    return text === '0' ? '' : text;
  } catch {
    return '';
  }
}

/** What changed between two looks, for a record. */
export function describeLook(now: ProcessLook | null, before: ProcessLook | null): string {
  if (now === null) return 'no such process any more';
  const parts = [`process state ${now.state}`];
  if (now.waitsIn !== '') parts.push(`in ${now.waitsIn}`);
  if (before !== null) {
    const ticks = now.cpuTicks - before.cpuTicks;
    parts.push(ticks === 0 ? 'no CPU time since the last look' : `${ticks * 10} ms of CPU time since the last look`);
  }
  return parts.join(', ');
}
