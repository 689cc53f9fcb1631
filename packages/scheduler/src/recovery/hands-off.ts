import {
  type ComponentStatus,
  componentOf,
  type EpochMs,
  hasPassed,
  type Moment,
  type PipelineReport,
  type SystemStatus,
} from '@rtp/core';
import type { RecoverySettings } from './signals.ts';

/** Why nothing may be done now. */
export interface HandsOff {
  readonly reason: string;
  /** There is nothing to mend any more, as against: not at the moment. */
  readonly isOver: boolean;
}

export interface HandsOffInputs {
  readonly system: SystemStatus;
  /** Of the pipeline, by the calendar and the operator. */
  readonly wanted: 'up' | 'down';
  /** Null while no bar is owed. */
  readonly dataAgeMs: number | null;
  /** What the process that runs now says; null when none runs or it has not spoken. */
  readonly report: PipelineReport | null;
  /** When this process was first seen ready; null while it is not. */
  readonly readySince: Moment | null;
  readonly now: Moment;
  readonly settings: Pick<RecoverySettings, 'is_enabled' | 'settle_ms' | 'settle_floor_ms'>;
}

/**
 * Why bad health is left alone: there is nothing to do, somebody else is at it, or no step of ours can help. Null when none
 * of that is so.
 */
export function handsOff(inputs: HandsOffInputs): HandsOff | null {
  const { system, report, settings, now } = inputs;
  if (!settings.is_enabled) return over('recovery is switched off');
  if (inputs.wanted === 'down') return over('the pipeline is not wanted');
  if (inputs.dataAgeMs === null) return over('no bar is owed');
  const elsewhere = atWork(componentOf(system, 'store')) ?? atWork(componentOf(system, 'pipeline'));
  if (elsewhere !== null) return notNow(elsewhere);
  if (inputs.readySince === null || !hasPassed(inputs.readySince, now, settings.settle_ms, settings.settle_floor_ms)) {
    return notNow('the pipeline has only just started');
  }
  if (report === null) return notNow('the pipeline has not spoken');
  if (report.phase !== 'session') return notNow(`the pipeline is in phase ${report.phase}`);
  if (report.sources.length > 0 && report.sources.every(({ isStill }) => isStill === true)) {
    return notNow('the broker answers and shows no trade: the market itself may stand still');
  }
  const refused = refusedBy(report, now.at);
  return refused === null ? null : notNow(`${refused}: a restart does not help`);
}

/** Why a component is its supervisor's, or its own, business at the moment. */
function atWork(line: ComponentStatus | undefined): string | null {
  if (line === undefined) return null;
  const { component, state, busyWith } = line;
  if (busyWith !== '') return `the ${component} is busy with ${busyWith}`;
  return state === 'ready' || state === 'degraded' ? null : `the ${component} is ${state}`;
}

/** What only the owner or the broker can change. */
function refusedBy({ leaseHeldBy, tokenExpiresAt, planLapsedSince }: PipelineReport, now: EpochMs): string | null {
  if (leaseHeldBy !== null) return `the account is used by ${leaseHeldBy}`;
  if (tokenExpiresAt === null || tokenExpiresAt <= now) return 'there is no valid access token';
  return planLapsedSince == null ? null : 'the broker denies the data plan';
}

const over = (reason: string): HandsOff => ({ reason, isOver: true });
const notNow = (reason: string): HandsOff => ({ reason, isOver: false });
