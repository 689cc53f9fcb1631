import {
  type AbsenceReason,
  BAR_STATES,
  type BarState,
  type EpochMs,
  isSettled,
  MINUTE_MS,
  type TradingDate,
} from '@rtp/core';
import { type DayCoverage, type InstrumentCoverage, queryCoverage, sumCoverage } from '@rtp/store-client';
import type { DayMinutes } from './days/day-minutes.ts';
import type { ClassWindow } from './instruments/day-register.ts';
import type { StoreParts } from './store-parts.ts';

/**
 * Coverage of a date as of `now`. Several processes ask every few seconds, so an open day is counted from what is
 * known of its minutes, without a query; a sealed one is read from its files. A date the store does not know is owed
 * by the instruments listed on it.
 */
export async function coverageOf(parts: StoreParts, date: TradingDate, now: EpochMs): Promise<DayCoverage> {
  const { register, hot, instruments, calendar } = parts;
  if (register.state(date) === 'sealed') return parts.surface.ask((run) => queryCoverage(run, date, now));
  const isKnown = register.state(date) === 'open';
  const owing = isKnown
    ? [...register.trackedOn(date)].map(([id, of]) => ({ id, of, symbol: instruments.of(id, date)?.symbol ?? '' }))
    : instruments.owedOn(date).map((row) => ({ id: row.instrumentId, of: row.class, symbol: row.symbol }));
  const minutes = hot.get(date)?.minutes ?? null;
  const rows = owing.map(({ id, of, symbol }) => {
    const windows: readonly Pick<ClassWindow, 'openMs' | 'closeMs'>[] = isKnown
      ? register.windowsOn(date).filter((window) => window.of === of)
      : calendar.windowsOf(of, date);
    return count(id, symbol, windows, minutes, now);
  });
  rows.sort((a, b) => (a.symbol < b.symbol ? -1 : 1));
  return sumCoverage(date, isKnown ? 'open' : 'none', rows);
}

function count(
  instrumentId: number,
  symbol: string,
  windows: readonly Pick<ClassWindow, 'openMs' | 'closeMs'>[],
  minutes: DayMinutes | null,
  now: EpochMs,
): InstrumentCoverage {
  const byState = Object.fromEntries(BAR_STATES.map((state) => [state, 0])) as Record<BarState, number>;
  const byReason: Partial<Record<AbsenceReason, number>> = {};
  const countReason = (reason: AbsenceReason): void => {
    byReason[reason] = (byReason[reason] ?? 0) + 1;
  };
  const total = { expected: 0, bars: 0, partial: 0, absences: 0, unknown: 0, pending: 0 };
  for (const { openMs, closeMs } of windows) {
    for (let ts = openMs; ts < closeMs; ts += MINUTE_MS) {
      total.expected += 1;
      const minute = minutes?.get(instrumentId, ts) ?? null;
      if (minute?.kind === 'bar') {
        total.bars += 1;
        byState[minute.state] += 1;
        if (minute.partial) total.partial += 1;
      } else if (minute !== null && isSettled(minute.reason)) {
        total.absences += 1;
        countReason(minute.reason);
      } else if (ts + MINUTE_MS <= now) {
        total.unknown += 1;
        countReason(minute?.reason ?? 'unknown');
      } else {
        total.pending += 1;
      }
    }
  }
  return { instrumentId, symbol, ...total, byState, byReason };
}
