import { type EpochMs, MINUTE_MS, type TradingDate } from '@rtp/core';
import { type DayCoverage, type InstrumentCoverage, queryCoverage, sumCoverage } from '@rtp/store-client';
import type { StoreParts } from './store-parts.ts';

/** Days whose last answer is kept. */
const KEPT = 8;

/**
 * Coverage of days. Several processes ask every few seconds and the answer changes once a minute at most, so the
 * last one is kept until a commit, a registration or a minute makes it old.
 */
export class Coverage {
  private readonly answers = new Map<TradingDate, { readonly key: string; readonly answer: Promise<DayCoverage> }>();

  /** Coverage of a date as of `now`; a date the store does not know is owed by those listed on it. */
  of(parts: StoreParts, date: TradingDate, now: EpochMs): Promise<DayCoverage> {
    const { register, hot } = parts;
    const state = register.state(date);
    if (state === null) return Promise.resolve(unknownDay(parts, date, now));
    const key = [state, hot.get(date)?.lastSeq, Math.floor(now / MINUTE_MS), register.version].join('/');
    const kept = this.answers.get(date);
    if (kept?.key === key) return kept.answer;
    const answer = parts.surface.ask((run) => queryCoverage(run, date, now));
    if (this.answers.size >= KEPT) this.answers.clear();
    this.answers.set(date, { key, answer });
    answer.catch(() => this.answers.delete(date));
    return answer;
  }
}

function unknownDay({ instruments, calendar }: StoreParts, date: TradingDate, now: EpochMs): DayCoverage {
  const rows = instruments.owedOn(date).map((instrument): InstrumentCoverage => {
    const minutes = calendar.expectedMinutes(instrument, date);
    const over = minutes.filter((minute) => minute + MINUTE_MS <= now).length;
    return {
      instrumentId: instrument.instrumentId,
      symbol: instrument.symbol,
      expected: minutes.length,
      bars: 0,
      byState: { provisional: 0, confirmed: 0, reconciled: 0 },
      partial: 0,
      absences: 0,
      byReason: {},
      unknown: over,
      pending: minutes.length - over,
    };
  });
  return sumCoverage(date, 'none', rows);
}
