import {
  addDays,
  atIst,
  type BackfillJob,
  type BackfillReport,
  type BackfillState,
  DAY_MS,
  type EpochMs,
  tradingDateOf,
} from '@rtp/core';

/** How fast a backfill's calls may go. */
export interface CallPace {
  /** Calls that it may still make today. */
  readonly leftToday: number;
  /** Calls that it may make on a whole day. */
  readonly aDay: number;
  /** Of market time. */
  readonly perSecond: number;
  readonly pausedUntil: EpochMs | null;
}

/** How far a backfill is, and when it will end. */
export class BackfillProgress {
  state: BackfillState = 'waiting';
  note = '';
  symbols = 0;
  callsDone = 0;
  callsTotal = 0;
  daysDone = 0;
  daysTotal = 0;
  private readonly job: BackfillJob;
  /** Market time that delivered days have taken. */
  private deliveredMs = 0;
  private delivered = 0;

  constructor(job: BackfillJob) {
    this.job = job;
  }

  /** Begins to count, or begins again. */
  begin(): void {
    this.state = 'running';
    this.note = '';
    this.callsDone = this.callsTotal = this.daysDone = this.daysTotal = 0;
  }

  dayDelivered(tookMs: number): void {
    this.daysDone += 1;
    this.delivered += 1;
    this.deliveredMs += tookMs;
  }

  report(now: EpochMs, pace: CallPace): BackfillReport {
    const { id, from, to } = this.job;
    const { state, note, symbols, callsDone, callsTotal, daysDone, daysTotal } = this;
    const isOver = state !== 'waiting' && state !== 'running';
    const endsAt = isOver || callsTotal + daysTotal === 0 ? null : this.endsAt(now, pace);
    return { id, state, from, to, symbols, callsDone, callsTotal, daysDone, daysTotal, endsAt, note };
  }

  /** Null while days are to be delivered and none has shown how long one takes. */
  private endsAt(now: EpochMs, pace: CallPace): EpochMs | null {
    if (this.callsDone >= this.callsTotal && this.delivered === 0) return null;
    const askedAt = callsMadeAt(this.callsTotal - this.callsDone, now, pace);
    const dayMs = this.delivered === 0 ? 0 : this.deliveredMs / this.delivered;
    return Math.round(askedAt + (this.daysTotal - this.daysDone) * dayMs);
  }
}

/** When so many calls will have been made: at the present pace, within each day's allowance. */
export function callsMadeAt(
  calls: number,
  now: EpochMs,
  { leftToday, aDay, perSecond, pausedUntil }: CallPace,
): EpochMs {
  const msACall = 1_000 / perSecond;
  if (calls <= leftToday) return Math.max(now, pausedUntil ?? now) + calls * msACall;
  const later = calls - leftToday;
  const wholeDays = Math.ceil(later / aDay) - 1;
  const midnight = atIst(addDays(tradingDateOf(now), 1), '00:00');
  return midnight + wholeDays * DAY_MS + (later - wholeDays * aDay) * msACall;
}
