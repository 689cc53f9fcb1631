import { readdirSync, readFileSync } from 'node:fs';

/** Marks every process of one run of a child, those that it starts included: the environment is inherited. */
export const RUN_ID_VARIABLE = 'RTP_RUN_ID';

/** Looks over /proc at most: a process may start another while it is looked for. */
const MAX_ROUNDS = 5;

/**
 * Kills what a run has left behind, wherever it hid: a process group does not hold those that went into a session of their
 * own. Returns their numbers. A process that emptied its environment is not found.
 */
export function sweepRun(runId: string): number[] {
  const swept = new Set<number>();
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const found = processesOf(runId).filter((pid) => !swept.has(pid));
    if (found.length === 0) break;
    for (const pid of found) {
      swept.add(pid);
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // It has ended meanwhile.
      }
    }
  }
  return [...swept];
}

function processesOf(runId: string): number[] {
  const mark = `${RUN_ID_VARIABLE}=${runId}`;
  return readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name)) return [];
    try {
      return readFileSync(`/proc/${name}/environ`, 'latin1').split('\0').includes(mark) ? [Number(name)] : [];
    } catch {
      // It has ended, or belongs to somebody else.
      return [];
    }
  });
}
