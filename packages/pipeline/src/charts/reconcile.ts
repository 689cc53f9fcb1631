import type { Absence, Bar, BarState, EpochMs, Instrument } from '@rtp/core';
import type { Candles } from '@rtp/dhan';
import type { DayGrid } from '../bars/day-grid.ts';
import { absenceReason } from './absence-reason.ts';

/** What the feed saw of one instrument's minutes, by grid index. */
export interface FeedEvidence {
  isWatched(index: number): boolean;
  hasMoved(index: number): boolean;
}

/** For a day on which no feed was running. */
export const noEvidence: FeedEvidence = { isWatched: () => false, hasMoved: () => false };

export interface ReconcileInput {
  readonly instrument: Instrument;
  readonly grid: DayGrid;
  readonly candles: Candles;
  readonly evidence: FeedEvidence;
  readonly state: BarState;
  readonly knownAt: EpochMs;
  /** Missing minutes of the answer before this one, as `gapKey`; null on the first. */
  readonly previousGap: string | null;
}

export interface Reconciled {
  readonly bars: readonly Bar[];
  /** Every expected minute without a bar, `unknown` ones included. */
  readonly absences: readonly Absence[];
  readonly unknown: number;
  /** Identifies the set of expected minutes the chart lacked. */
  readonly gapKey: string;
  /** Candles outside the expected minutes. */
  readonly outOfSession: number;
}

/** Turns one instrument's official candles of a whole day into bars and absences. Pure. */
export function reconcile(input: ReconcileInput): Reconciled {
  const { instrument, grid, evidence, knownAt } = input;
  const { bars, flat, outOfSession } = officialBars(input);
  const charted = new Set(bars.map((bar) => grid.indexOf(bar.ts)));
  const expected = grid.expectedIndexes(instrument.class);
  const missing = expected.filter((index) => !charted.has(index));
  const lacking = missing.filter((index) => !flat.has(index));
  const gapKey = `${lacking.length === expected.length ? 'empty' : ''}${lacking.join(',')}`;
  const isEmpty = lacking.length === expected.length;
  const isQuietDay = isEmpty && expected.every((index) => evidence.isWatched(index) && !evidence.hasMoved(index));
  const absences = missing.map((index): Absence => {
    const reason = absenceReason({
      chart: flat.has(index) ? 'flat' : isEmpty ? 'empty' : 'short',
      isRepeated: input.previousGap === gapKey,
      isWatched: evidence.isWatched(index),
      hasMoved: evidence.hasMoved(index),
      isQuietDay,
    });
    return { instrumentId: instrument.instrumentId, ts: grid.minuteAt(index), reason, knownAt };
  });
  const unknown = absences.filter((absence) => absence.reason === 'unknown').length;
  return { bars, absences, unknown, gapKey, outOfSession };
}

/** The candles that are bars of expected minutes; a share's flat candle without volume is none. */
export function officialBars(input: Pick<ReconcileInput, 'instrument' | 'grid' | 'candles' | 'state' | 'knownAt'>): {
  bars: Bar[];
  flat: ReadonlySet<number>;
  outOfSession: number;
} {
  const { instrument, grid, candles, state, knownAt } = input;
  const bars: Bar[] = [];
  const flat = new Set<number>();
  let outOfSession = 0;
  for (const [position, ts] of candles.ts.entries()) {
    const index = grid.indexOf(ts);
    if (!grid.isExpected(instrument.class, index)) {
      outOfSession += 1;
      continue;
    }
    const open = candles.open[position] as number;
    const high = candles.high[position] as number;
    const low = candles.low[position] as number;
    const close = candles.close[position] as number;
    const volume = candles.volume[position] as number;
    if (volume === 0 && instrument.class !== 'index' && high === low) {
      flat.add(index);
      continue;
    }
    const { instrumentId } = instrument;
    bars.push({ instrumentId, ts, open, high, low, close, volume, source: 'chart', state, partial: false, knownAt });
  }
  return { bars, flat, outOfSession };
}
