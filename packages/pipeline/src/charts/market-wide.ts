import { type Absence, type EpochMs, type Instrument, MINUTE_MS } from '@rtp/core';
import type { MinuteState } from '@rtp/store-client';
import type { DayGrid } from '../bars/day-grid.ts';
import { findHalts, type HaltRule, type MinuteFate, quietRuns } from './halts.ts';

export interface MarketWideInput {
  readonly grid: DayGrid;
  /** Everything tracked on the date, indices included. */
  readonly instruments: readonly Instrument[];
  /** What the store has of the date after the sweep. */
  readonly stored: readonly MinuteState[];
  readonly halt: HaltRule;
  readonly knownAt: EpochMs;
}

/** Fewer instruments are no market. */
const LEAST_INSTRUMENTS = 3;
/** Part of the instruments whose charts must be settled in the minute: one that never answers proves nothing. */
const SETTLED_SHARE = 0.95;

/** The minutes of one instrument that the store has something for. */
type Stored = ReadonlyMap<number, MinuteState>;

/**
 * The minutes in which nothing at all was traded: no tracked instrument, index included, has a bar, volume moved in none,
 * and nearly all are proved to be quiet. An unbroken run of them as long as a halt, in a market that otherwise trades, is a
 * halt of the market; at an end of the day, or over all of it, the exchange was `closed` without notice. Returns the absences
 * whose reason is another now. Pure.
 */
export function marketWideAbsences(input: MarketWideInput): readonly Absence[] {
  const { grid, instruments, halt, knownAt } = input;
  if (instruments.length < LEAST_INSTRUMENTS) return [];
  const stored = byInstrument(input);
  const owing = (index: number): readonly Instrument[] =>
    instruments.filter(({ class: of }) => grid.isExpected(of, index));
  const minutes = Array.from({ length: grid.minutes }, (_, index) => index).filter((index) => owing(index).length > 0);
  const fates = minutes.map((index) => fateOf(owing(index), stored, index));
  const last = minutes.length - 1;
  const whole = quietRuns(fates).filter(({ from, to }) => from === 0 && to === last && to >= halt.minutes - 1);
  const absences: Absence[] = [];
  for (const { from, to } of [...whole, ...findHalts(fates, halt)]) {
    const reason = from === 0 || to === last ? 'closed' : 'halted';
    for (const index of minutes.slice(from, to + 1)) {
      for (const { instrumentId } of owing(index)) {
        if (stored.get(instrumentId)?.get(index)?.reason === reason) continue;
        absences.push({ instrumentId, ts: grid.openMs + index * MINUTE_MS, reason, knownAt });
      }
    }
  }
  return absences;
}

function fateOf(owing: readonly Instrument[], stored: ReadonlyMap<number, Stored>, index: number): MinuteFate {
  let quiet = 0;
  for (const { instrumentId } of owing) {
    const minute = stored.get(instrumentId)?.get(index);
    if (minute === undefined) continue;
    // Volume that moved and a chart that lacks it: something was traded.
    if (minute.reason === null || minute.reason === 'broker_lag') return 'traded';
    if (minute.reason === 'no_trades' || minute.reason === 'halted' || minute.reason === 'closed') quiet += 1;
  }
  return quiet >= SETTLED_SHARE * owing.length ? 'quiet' : 'open';
}

function byInstrument({ grid, stored }: MarketWideInput): ReadonlyMap<number, Stored> {
  const found = new Map<number, Map<number, MinuteState>>();
  for (const minute of stored) {
    const minutes = found.get(minute.instrumentId) ?? new Map<number, MinuteState>();
    found.set(minute.instrumentId, minutes.set(grid.indexOf(minute.ts), minute));
  }
  return found;
}
