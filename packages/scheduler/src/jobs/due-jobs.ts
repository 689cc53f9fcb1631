/**
 * Which jobs are to run, and what their runs leave behind. Pure.
 *
 *   settled ──due──▶ begun ──ended──▶ settled
 *              ▲       ├─────failed, first attempt, worth another──▶ waiting ──retryAt──▶ begun
 *              │       └─────its process ended, first attempt─────▶ waiting
 *              └── missed: the newest occurrence, or each up to a number of days
 *
 * An occurrence is settled the moment it is begun, so that no clock that is set back can bring it again.
 */
import type { EpochMs, TradingDate } from '@rtp/core';
import type { JobDefinition, JobName } from './job-definitions.ts';
import type { Occurrences } from './occurrences.ts';
import type { JobState, Schedule } from './schedule-file.ts';

/** Attempts at one occurrence: a failure or a crash is tried once more. */
const MAX_ATTEMPTS = 2;

/** A job of this configuration with its times. */
export interface PlannedJob {
  readonly definition: JobDefinition;
  readonly occurrences: Occurrences;
}

export interface DueLimits {
  /** Occurrences that are caught up of a job that catches up each. */
  readonly catchUpDays: number;
  readonly retryMs: number;
  readonly clockBackMaxMs: number;
}

/** Something to run now. */
export interface DueJob {
  readonly name: JobName;
  readonly occurrence: EpochMs;
  readonly date: TradingDate;
  /** 1, or 2 for another try. */
  readonly attempt: number;
  readonly dueAt: EpochMs;
}

export interface DueJobs {
  /** The next run of each job that has one, the longest due first. */
  readonly due: readonly DueJob[];
  /** When each job is due next, apart from what is due now; a job without a next time is left out. */
  readonly next: ReadonlyMap<JobName, EpochMs>;
}

/** What is due at `now`, and when each job is due next. */
export function dueJobs(schedule: Schedule, jobs: readonly PlannedJob[], now: EpochMs, limits: DueLimits): DueJobs {
  const due: DueJob[] = [];
  const next = new Map<JobName, EpochMs>();
  for (const { definition, occurrences } of jobs) {
    const { name, catchUp } = definition;
    const state = schedule[name];
    if (state === undefined || state.settled === null) continue;
    const { run } = state;
    const following = occurrences.next(state.settled, now);
    if (following !== null) next.set(name, following.dueAt);
    if (run === null) {
      const [first] = occurrences.due(state.settled, now, catchUp === 'newest' ? 1 : limits.catchUpDays);
      if (first !== undefined)
        due.push({ name, occurrence: first.at, date: first.date, attempt: 1, dueAt: first.dueAt });
    } else if (run.retryAt !== null) {
      // A wait longer than any was begun before the clock was set back.
      const isOver = run.retryAt <= now || run.retryAt - now > limits.retryMs;
      if (!isOver) next.set(name, run.retryAt);
      else {
        const { occurrence, date, attempts } = run;
        due.push({ name, occurrence, date, attempt: attempts + 1, dueAt: Math.min(run.retryAt, now) });
      }
    }
  }
  return { due: due.sort((a, b) => a.dueAt - b.dueAt), next };
}

/**
 * The schedule as a process finds it at `now`: a job that is new, or switched on again, has missed nothing; a run that a
 * crash cut short is to be tried again once.
 */
export function openedSchedule(found: Schedule, definitions: readonly JobDefinition[], now: EpochMs): Schedule {
  const opened: Record<string, JobState> = {};
  for (const { name, pattern } of definitions) {
    const { settled, run, last } = found[name] ?? { settled: null, run: null, last: null };
    if (pattern === null) opened[name] = { settled: null, run: null, last };
    else if (run === null || run.retryAt !== null) opened[name] = { settled: settled ?? now, run, last };
    else if (run.attempts < MAX_ATTEMPTS)
      opened[name] = { settled: settled ?? now, run: { ...run, retryAt: now }, last };
    else {
      const text = 'The scheduler ended in the middle of it, twice; it is not tried again.';
      opened[name] = { settled: settled ?? now, run: null, last: { at: now, date: run.date, result: 'failed', text } };
    }
  }
  return opened;
}

/** The schedule without what lies further in the future than a clock is set back: it was settled under a wrong clock. */
export function withoutWrongFuture(schedule: Schedule, now: EpochMs, clockBackMaxMs: number): Schedule {
  const isWrong = ({ settled }: JobState): boolean => settled !== null && settled - now > clockBackMaxMs;
  if (!Object.values(schedule).some(isWrong)) return schedule;
  return Object.fromEntries(
    Object.entries(schedule).map(([name, state]) => [
      name,
      isWrong(state) ? { ...state, settled: now, run: null } : state,
    ]),
  );
}

export function begun(state: JobState, { occurrence, date, attempt }: DueJob): JobState {
  const settled = Math.max(state.settled ?? occurrence, occurrence);
  return { ...state, settled, run: { occurrence, date, attempts: attempt, retryAt: null } };
}

/** The state after a run has ended at `now`. */
export function ended(
  state: JobState,
  { attempt, occurrence, date }: DueJob,
  outcome: Pick<JobState['last'] & {}, 'result' | 'text'>,
  now: EpochMs,
  retryMs: number | null,
): JobState {
  const isTriedAgain = outcome.result === 'failed' && retryMs !== null && attempt < MAX_ATTEMPTS;
  const run = isTriedAgain ? { occurrence, date, attempts: attempt, retryAt: now + retryMs } : null;
  return { ...state, run, last: { at: now, date, ...outcome } };
}

/** The state after a run that was given up at `now` because its process stops: as if it had not been begun. */
export function givenUp(state: JobState, { attempt, occurrence, date }: DueJob, now: EpochMs): JobState {
  return { ...state, run: { occurrence, date, attempts: attempt - 1, retryAt: now } };
}
