import {
  addDays,
  atIst,
  type BackfillJob,
  type BackfillReport,
  type BackfillState,
  type BudgetReport,
  DAY_MS,
  type EpochMs,
  tradingDateOf,
} from '@rtp/core';

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

  dayDelivered(tookMs: number): void {
    this.daysDone += 1;
    this.delivered += 1;
    this.deliveredMs += tookMs;
  }

  /** @param backfillShare part of the day's cap that a backfill may use */
  report(now: EpochMs, budget: BudgetReport, backfillShare: number): BackfillReport {
    const { id, from, to } = this.job;
    const { state, note, symbols, callsDone, callsTotal, daysDone, daysTotal } = this;
    const isOver = state !== 'waiting' && state !== 'running';
    const endsAt = isOver || callsTotal + daysTotal === 0 ? null : this.endsAt(now, budget, backfillShare);
    return { id, state, from, to, symbols, callsDone, callsTotal, daysDone, daysTotal, endsAt, note };
  }

  private endsAt(now: EpochMs, budget: BudgetReport, backfillShare: number): EpochMs {
    const askedAt = callsMadeAt(this.callsTotal - this.callsDone, now, budget, backfillShare);
    const dayMs = this.delivered === 0 ? 0 : this.deliveredMs / this.delivered;
    return Math.round(askedAt + (this.daysTotal - this.daysDone) * dayMs);
  }
}

/** When so many calls will have been made: at the present pace, within each day's cap for backfills. */
export function callsMadeAt(calls: number, now: EpochMs, budget: BudgetReport, backfillShare: number): EpochMs {
  const aDay = Math.max(1, Math.floor(budget.cap * backfillShare));
  const today = Math.max(0, Math.min(aDay - budget.used, budget.left - budget.reserved));
  const msACall = 1_000 / budget.perSecond;
  const start = Math.max(now, budget.pausedUntil ?? now);
  if (calls <= today) return start + calls * msACall;
  const later = calls - today;
  const wholeDays = Math.ceil(later / aDay) - 1;
  const midnight = atIst(addDays(tradingDateOf(now), 1), '00:00');
  return midnight + wholeDays * DAY_MS + (later - wholeDays * aDay) * msACall;
}
