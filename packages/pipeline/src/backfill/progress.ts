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

/** Real ms that delivering and sealing a symbol's day takes on a small machine: until the first days have shown their own. */
const ASSUMED_MS_A_SYMBOL = 30;

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
  private readonly speed: number;
  /** Market time that delivered days have taken. */
  private deliveredMs = 0;
  private delivered = 0;

  /** @param speed market seconds per real second */
  constructor(job: BackfillJob, speed: number) {
    this.job = job;
    this.speed = speed;
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

  private endsAt(now: EpochMs, pace: CallPace): EpochMs {
    const askedAt = callsMadeAt(this.callsTotal - this.callsDone, now, pace);
    const assumedMs = this.symbols * ASSUMED_MS_A_SYMBOL * this.speed;
    const dayMs = this.delivered === 0 ? assumedMs : this.deliveredMs / this.delivered;
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
