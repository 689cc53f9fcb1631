import {
  type Absence,
  type AbsenceReason,
  type Bar,
  type BarState,
  type EpochMs,
  type Instrument,
  isSettled,
  tradingDateOf,
} from '@rtp/core';
import type { Candles } from '@rtp/dhan';
import type { DayGrid } from '../bars/day-grid.ts';
import { absenceReason, type ChartEvidence } from './absence-reason.ts';
import { findHalts, type HaltRule, type MinuteFate } from './halts.ts';
import { type LiveEvidence, VolumeJudge } from './live-evidence.ts';

export interface ReconcileInput {
  readonly instrument: Instrument;
  readonly grid: DayGrid;
  readonly candles: Candles;
  readonly evidence: LiveEvidence;
  readonly halt: HaltRule;
  readonly state: BarState;
  readonly knownAt: EpochMs;
  /** What the answer before this one lacked; null on the first. */
  readonly previous: Gap | null;
  /** Market ms for which a gap must last where counters leave it open. */
  readonly lastingMs: number;
}

/** The expected minutes that an instrument's chart lacked, and since when it has lacked just these. */
export interface Gap {
  readonly key: string;
  readonly since: EpochMs;
}

export interface Reconciled {
  readonly bars: readonly Bar[];
  /** Every expected minute without a bar, those still owed included. */
  readonly absences: readonly Absence[];
  /** Absences with an open reason. */
  readonly owed: number;
  /** Those of them that no live source watched whole: they have a partial bar at best. */
  readonly unwatched: number;
  readonly gap: Gap;
  /** The gap has lasted for `lastingMs`. */
  readonly isLasting: boolean;
  /** The chart has nothing of the day. */
  readonly isEmpty: boolean;
  /** Candles outside the expected minutes. */
  readonly outOfSession: number;
  /** Candles that cannot be true. */
  readonly impossible: number;
}

/** Turns one instrument's official candles of a whole day into bars and absences. Pure. */
export function reconcile(input: ReconcileInput): Reconciled {
  const { instrument, grid, evidence, knownAt } = input;
  const { bars, flat, impossible, outOfSession } = officialBars(input);
  const volumes = new Float64Array(grid.minutes);
  const charted = new Set(flat);
  for (const bar of bars) {
    charted.add(grid.indexOf(bar.ts));
    volumes[grid.indexOf(bar.ts)] = bar.volume;
  }
  const traded = new Set(bars.map((bar) => grid.indexOf(bar.ts)));
  const newest = Math.max(...charted);
  const expected = grid.expectedIndexes(instrument.class);
  const lacking = expected.filter((index) => !charted.has(index));
  const isEmpty = charted.size === 0 && impossible.size === 0;
  const { previous } = input;
  const key = `${isEmpty ? 'empty' : ''}${lacking.join(',')}`;
  const isSame = previous?.key === key;
  const gap = isSame ? previous : { key, since: knownAt };
  const lacked = !isSame ? 'once' : knownAt - gap.since < input.lastingMs ? 'twice' : 'lasting';
  const isDoubted = instrument.class === 'index' || tradingDateOf(knownAt) === grid.date;
  const judge = new VolumeJudge(evidence, volumes, isDoubted);
  const day = isEmpty ? wholeDay(expected, judge) : 'open';
  const chartOf = (index: number): ChartEvidence => {
    if (flat.has(index)) return 'flat';
    if (impossible.has(index)) return 'impossible';
    if (charted.size === 0) return 'empty';
    return index > newest ? 'behind' : 'short';
  };
  const reasons = new Map<number, AbsenceReason>();
  for (const index of expected) {
    if (traded.has(index)) continue;
    reasons.set(index, absenceReason({ chart: chartOf(index), lacked, volume: judge.of(index), day }));
  }
  for (const index of haltedMinutes(expected, reasons, input.halt)) reasons.set(index, 'halted');
  const absences = [...reasons].map(
    ([index, reason]): Absence => ({
      instrumentId: instrument.instrumentId,
      ts: grid.minuteAt(index),
      reason,
      knownAt,
    }),
  );
  const owed = absences.filter(({ reason }) => !isSettled(reason));
  const unwatched = owed.filter(({ ts }) => !evidence.isWatched(grid.indexOf(ts))).length;
  return {
    bars,
    absences,
    owed: owed.length,
    unwatched,
    gap,
    isLasting: lacked === 'lasting',
    isEmpty,
    outOfSession,
    impossible: input.candles.impossible?.length ?? 0,
  };
}

/** The absences of an instrument for which the charts were never answered: why each of its expected minutes is owed. */
export function unansweredAbsences(
  input: Pick<ReconcileInput, 'instrument' | 'grid' | 'evidence' | 'knownAt'> & {
    readonly chart: 'limited' | 'failed';
  },
): readonly Absence[] {
  const { instrument, grid, evidence, chart, knownAt } = input;
  const judge = new VolumeJudge(evidence, new Float64Array(grid.minutes));
  return grid.expectedIndexes(instrument.class).map((index) => ({
    instrumentId: instrument.instrumentId,
    ts: grid.minuteAt(index),
    reason: absenceReason({ chart, lacked: 'once', volume: judge.of(index), day: 'open' }),
    knownAt,
  }));
}

function wholeDay(expected: readonly number[], judge: VolumeJudge): 'still' | 'moved' | 'open' {
  const minutes = expected.map((index) => judge.of(index));
  if (minutes.includes('moved')) return 'moved';
  return minutes.every((volume) => volume === 'still') ? 'still' : 'open';
}

function haltedMinutes(
  expected: readonly number[],
  reasons: ReadonlyMap<number, AbsenceReason>,
  rule: HaltRule,
): readonly number[] {
  const fates = expected.map((index): MinuteFate => {
    const reason = reasons.get(index);
    if (reason === undefined) return 'traded';
    return reason === 'no_trades' ? 'quiet' : 'open';
  });
  return findHalts(fates, rule).flatMap(({ from, to }) => expected.slice(from, to + 1));
}

/** The candles that are bars of expected minutes; a share's flat candle without volume is none, nor is an impossible one. */
export function officialBars(input: Pick<ReconcileInput, 'instrument' | 'grid' | 'candles' | 'state' | 'knownAt'>): {
  bars: Bar[];
  flat: ReadonlySet<number>;
  impossible: ReadonlySet<number>;
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
  const impossible = new Set(
    (candles.impossible ?? [])
      .map((ts) => grid.indexOf(ts))
      .filter((index) => grid.isExpected(instrument.class, index)),
  );
  return { bars, flat, impossible, outOfSession };
}
