import {
  type BackfillJob,
  type BackfillReport,
  componentOf,
  type DataPaths,
  isUnfinished,
  RtpError,
  readBackfillJob,
  realDelay,
  reportOf,
} from '@rtp/core';
import type { ControlStatus } from '../../control/contract.ts';
import { controlClient } from '../../control/control-client.ts';
import { managerErrors } from '../../errors.ts';

const LOOK_INTERVAL_MS = 250;

/** How a backfill stands: as the pipeline says, or why it says nothing yet. */
export interface BackfillView {
  readonly report: BackfillReport | null;
  /** What it waits for while there is no report; empty otherwise. */
  readonly waitsFor: string;
  /** Real milliseconds until it ends, as far as can be told. */
  readonly leftMs: number | null;
}

/**
 * Follows a job to its end and returns it as it is then. Errors: RTP_NOT_RUNNING, RTP_CHILD_FAILED, RTP_BACKFILL_UNDER_WAY when
 * another one has been asked for meanwhile, the signal's reason.
 */
export async function watchBackfill(
  paths: DataPaths,
  id: string,
  onView: (view: BackfillView) => void,
  signal: AbortSignal,
): Promise<BackfillJob> {
  const client = controlClient(paths);
  for (;;) {
    const job = readBackfillJob(paths);
    if (job?.id !== id) {
      throw managerErrors.create('RTP_BACKFILL_UNDER_WAY', 'Another backfill has been asked for in place of this one.');
    }
    if (!isUnfinished(job)) return job;
    try {
      onView(viewOf(await client.status(), job));
    } catch (error) {
      if (!(error instanceof RtpError) || error.code !== 'RTP_MANAGER_UNRESPONSIVE') throw goesOnLater(error);
    }
    await realDelay(LOOK_INTERVAL_MS, signal);
  }
}

function viewOf(status: ControlStatus, { id }: BackfillJob): BackfillView {
  const pipeline = componentOf(status, 'pipeline');
  if (pipeline?.state === 'fatal') {
    const message = `The pipeline has ended: ${pipeline.reason}. The backfill goes on when it runs again.`;
    throw managerErrors.create('RTP_CHILD_FAILED', message);
  }
  const report = reportOf(status, 'pipeline')?.backfill ?? null;
  if (report?.id !== id) {
    const state =
      pipeline === undefined || pipeline.state === 'ready' ? 'the pipeline' : `the pipeline: ${pipeline.state}`;
    return { report: null, waitsFor: state, leftMs: null };
  }
  const leftMs = report.endsAt === null ? null : (report.endsAt - status.market.now) / status.speed;
  return { report, waitsFor: '', leftMs };
}

function goesOnLater(error: unknown): unknown {
  if (!(error instanceof RtpError) || error.code !== 'RTP_NOT_RUNNING') return error;
  return managerErrors.create('RTP_NOT_RUNNING', 'The system has stopped; the backfill goes on when it runs again.');
}
