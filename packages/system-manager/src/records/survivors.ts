import { type DataPaths, isAlive, monotonicMs, realDelay } from '@rtp/core';
import { type PidRecord, RECORDED_ROLES, readPidRecord, removePidRecord } from './pid-record.ts';

/** Pause between two looks at a process that is expected to end. */
const LOOK_INTERVAL_MS = 50;

export interface SurvivorLimits {
  /** Time an orphan has to notice that its manager is gone and to end by itself. */
  readonly orphanExitMs: number;
  /** Between SIGTERM and SIGKILL. */
  readonly termTimeoutMs: number;
}

/**
 * Clears what an earlier run left behind, before anything new is started. Must be called by the holder of the
 * instance lock. Records whose process is gone, or is another one, are reported and removed, and nobody is
 * signalled. A process that *is* the recorded one (same start token and boot) gets time to end by itself, then
 * SIGTERM, then SIGKILL.
 */
export async function clearEarlierRun(
  paths: DataPaths,
  limits: SurvivorLimits,
  report: (line: string) => void,
): Promise<void> {
  const survivors: PidRecord[] = [];
  for (const role of RECORDED_ROLES) {
    const found = readPidRecord(paths, role);
    if (found === null) continue;
    if (found.kind === 'record' && isAlive(found.record) && found.record.pid !== process.pid) {
      survivors.push(found.record);
      continue;
    }
    const why = found.kind === 'unusable' ? found.why : `process ${found.record.pid} is gone`;
    report(`Removed a stale PID record of ${role}: ${why}.`);
    removePidRecord(paths, role);
  }
  await Promise.all(survivors.map((record) => outlast(paths, record, limits, report)));
}

async function outlast(
  paths: DataPaths,
  record: PidRecord,
  limits: SurvivorLimits,
  report: (line: string) => void,
): Promise<void> {
  const { pid, role } = record;
  report(`Waiting for ${role} (pid ${pid}) of an earlier run to end.`);
  if (!(await endsWithin(record, limits.orphanExitMs))) {
    signalIfSame(record, 'SIGTERM', report);
    if (!(await endsWithin(record, limits.termTimeoutMs))) {
      signalIfSame(record, 'SIGKILL', report);
      await endsWithin(record, limits.termTimeoutMs);
    }
  }
  report(`${role} (pid ${pid}) of an earlier run has ended.`);
  removePidRecord(paths, role);
}

function signalIfSame(record: PidRecord, signal: NodeJS.Signals, report: (line: string) => void): void {
  if (!isAlive(record)) return;
  report(`Sending ${signal} to ${record.role} (pid ${record.pid}) of an earlier run.`);
  try {
    // Children lead a process group of their own; the manager shares its with the shell that started it.
    process.kill(record.role === 'system-manager' ? record.pid : -record.pid, signal);
  } catch (error) {
    report(`${record.role} (pid ${record.pid}) cannot be signalled: ${(error as Error).message}.`);
  }
}

async function endsWithin(record: PidRecord, ms: number): Promise<boolean> {
  const deadline = monotonicMs() + ms;
  while (isAlive(record)) {
    if (monotonicMs() >= deadline) return false;
    await realDelay(LOOK_INTERVAL_MS);
  }
  return true;
}
