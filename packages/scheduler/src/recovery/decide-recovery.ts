import { hasPassed, type Moment } from '@rtp/core';
import type { RecoverySettings, Signal, SignalKind } from './signals.ts';

/** What can be done, mildest first. */
export const RECOVERY_STEPS = ['reconnect-source', 'restart-pipeline', 'restart-store'] as const;
export type RecoveryStep = (typeof RECOVERY_STEPS)[number];

/**
 * The steps that can help against a signal. A connection made anew costs the minute it is made in: it is not tried on a
 * pipeline that does nothing at all, nor against calls that fail; and the store has no part in the broker's answers.
 */
const HELPS: Readonly<Record<SignalKind, readonly RecoveryStep[]>> = {
  'stale-data': ['reconnect-source', 'restart-pipeline', 'restart-store'],
  stuck: ['restart-pipeline', 'restart-store'],
  'error-rate': ['restart-pipeline'],
};

const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;

export interface StepTaken {
  readonly step: RecoveryStep;
  readonly at: Moment;
}

/** A time of bad health, as far as it has come. */
export interface EpisodeSoFar {
  readonly noticedAt: Moment;
  /** Those of the present pass through the steps. */
  readonly steps: readonly StepTaken[];
  /** When nothing was left to try. */
  readonly exhaustedAt: Moment | null;
  /** Since when no signal has held; null while one does. */
  readonly goodSince: Moment | null;
  /** Whether a newer bar has come since it began, or none was missed. */
  readonly hasFreshData: boolean;
}

export interface DecisionInputs {
  readonly now: Moment;
  readonly signals: readonly Signal[];
  readonly episode: EpisodeSoFar;
  /** All steps of the last 24 market hours, those of earlier episodes included. */
  readonly recent: readonly StepTaken[];
  readonly settings: RecoverySettings;
}

export type Decision =
  | { readonly do: 'wait' }
  | { readonly do: 'step'; readonly step: RecoveryStep }
  /** Nothing is left to try: a person has to look. */
  | { readonly do: 'page'; readonly why: string }
  /** The time after the last attempt is over: the steps are gone through once more. */
  | { readonly do: 'start-over' }
  | { readonly do: 'recovered' };

/**
 * What is done next about an episode: the mildest step that can help, has not been taken in this pass and is within its
 * limits, each after the wait that the one before has. It is over once no signal has held for a while and bars come again.
 */
export function decideRecovery({ now, signals, episode, recent, settings }: DecisionInputs): Decision {
  const { noticedAt, steps, exhaustedAt, goodSince, hasFreshData } = episode;
  if (signals.length === 0) {
    const isGood =
      hasFreshData &&
      goodSince !== null &&
      hasPassed(goodSince, now, settings.healthy_for_ms, settings.healthy_for_floor_ms);
    return { do: isGood ? 'recovered' : 'wait' };
  }
  if (exhaustedAt !== null) {
    const isOver = hasPassed(exhaustedAt, now, settings.cool_down_ms, settings.cool_down_floor_ms);
    return { do: isOver ? 'start-over' : 'wait' };
  }
  const last = steps.at(-1);
  const isReady =
    last === undefined
      ? hasPassed(noticedAt, now, settings.notice_ms, settings.notice_floor_ms)
      : hasPassed(last.at, now, waitAfter(last.step, settings), settings.step_wait_floor_ms);
  if (!isReady) return { do: 'wait' };
  const helpful = RECOVERY_STEPS.slice(last === undefined ? 0 : RECOVERY_STEPS.indexOf(last.step) + 1).filter((step) =>
    signals.some(({ kind }) => HELPS[kind].includes(step)),
  );
  const step = helpful.find((candidate) => isWithinLimits(candidate, recent, now, settings));
  if (step !== undefined) return { do: 'step', step };
  return { do: 'page', why: helpful.length === 0 ? 'every step has been taken' : 'the limits leave no further step' };
}

/** Market ms that a step has for its effect. */
export function waitAfter(step: RecoveryStep, settings: RecoverySettings): number {
  return {
    'reconnect-source': settings.reconnect_wait_ms,
    'restart-pipeline': settings.restart_pipeline_wait_ms,
    'restart-store': settings.restart_store_wait_ms,
  }[step];
}

/** A restart of the store restarts the pipeline too: both count for the hour. */
function isWithinLimits(
  step: RecoveryStep,
  recent: readonly StepTaken[],
  now: Moment,
  settings: RecoverySettings,
): boolean {
  const perDay = {
    'reconnect-source': settings.reconnects_per_day,
    'restart-pipeline': settings.pipeline_restarts_per_day,
    'restart-store': settings.store_restarts_per_day,
  }[step];
  const taken = recent.filter(({ at }) => now.at - at.at < DAY_MS);
  if (taken.filter((other) => other.step === step).length >= perDay) return false;
  if (step === 'reconnect-source') return true;
  const restarts = taken.filter((other) => other.step !== 'reconnect-source' && now.at - other.at.at < HOUR_MS);
  return restarts.length < settings.restarts_per_hour;
}
