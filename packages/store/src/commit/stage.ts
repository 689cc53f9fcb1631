import { BIGINT, DOUBLE, UINTEGER, UTINYINT } from '@duckdb/node-api';
import type { AbsenceColumns, BarColumns } from '@rtp/store-client';
import type { Session } from '../engine/session.ts';
import { instants } from './append-fresh.ts';
import type { Rows } from './split-rows.ts';

const STAGE_BARS = `CREATE OR REPLACE TEMP TABLE stage_bars (instrument_id UINTEGER, ts TIMESTAMPTZ, open DOUBLE,
  high DOUBLE, low DOUBLE, close DOUBLE, volume BIGINT, source UTINYINT, state UTINYINT, partial UTINYINT,
  known_at TIMESTAMPTZ, round UTINYINT)`;
const STAGE_ABSENCES = `CREATE OR REPLACE TEMP TABLE stage_absences (instrument_id UINTEGER, ts TIMESTAMPTZ,
  reason UTINYINT, known_at TIMESTAMPTZ, row UINTEGER)`;

/** What the statements of a commit need to know of its staged rows. */
export interface Staged {
  readonly bars: number;
  readonly absences: number;
  /** A batch that names a minute twice is taken in rounds, each row seeing the one before. */
  readonly rounds: number;
  /** First and last minute, epoch ms; of bars and of absences. */
  readonly barSpan: readonly [number, number];
  readonly absenceSpan: readonly [number, number];
}

/** Puts rows into temporary tables `stage_bars` and `stage_absences` of the writing connection. */
export async function stageRows(
  session: Session,
  bars: Rows<BarColumns>,
  absences: Rows<AbsenceColumns>,
): Promise<Staged> {
  const rounds = roundsOf(bars.columns.instrument_id, bars.columns.ts);
  if (bars.length > 0) await stageBars(session, bars, rounds);
  if (absences.length > 0) await stageAbsences(session, absences);
  return {
    bars: bars.length,
    absences: absences.length,
    rounds: bars.length === 0 ? 0 : maxOf(rounds) + 1,
    barSpan: spanOf(bars.columns.ts),
    absenceSpan: spanOf(absences.columns.ts),
  };
}

async function stageBars(session: Session, bars: Rows<BarColumns>, rounds: Uint8Array): Promise<void> {
  const of = bars.columns;
  await session.exec(STAGE_BARS);
  await session.append('stage_bars', bars.length, [
    { type: UINTEGER, values: of.instrument_id },
    instants(of.ts),
    { type: DOUBLE, values: of.open },
    { type: DOUBLE, values: of.high },
    { type: DOUBLE, values: of.low },
    { type: DOUBLE, values: of.close },
    { type: BIGINT, values: BigInt64Array.from(of.volume, BigInt) },
    { type: UTINYINT, values: of.source },
    { type: UTINYINT, values: of.state },
    { type: UTINYINT, values: of.partial },
    instants(of.known_at),
    { type: UTINYINT, values: rounds },
  ]);
}

async function stageAbsences(session: Session, absences: Rows<AbsenceColumns>): Promise<void> {
  const of = absences.columns;
  await session.exec(STAGE_ABSENCES);
  await session.append('stage_absences', absences.length, [
    { type: UINTEGER, values: of.instrument_id },
    instants(of.ts),
    { type: UTINYINT, values: of.reason },
    instants(of.known_at),
    { type: UINTEGER, values: Uint32Array.from({ length: absences.length }, (_, row) => row) },
  ]);
}

function roundsOf(instrumentIds: Uint32Array, ts: Float64Array): Uint8Array {
  const rounds = new Uint8Array(instrumentIds.length);
  const seen = new Map<number, number>();
  for (let row = 0; row < rounds.length; row += 1) {
    // Minutes since 1970 fit 26 bits and ids 32 bits' worth stay exact in a double's 53 for 100 million ids.
    const key = (instrumentIds[row] as number) * 2 ** 26 + (ts[row] as number) / 60_000;
    const round = seen.get(key) ?? 0;
    rounds[row] = round;
    seen.set(key, round + 1);
  }
  return rounds;
}

function maxOf(values: Uint8Array): number {
  let max = 0;
  for (const value of values) if (value > max) max = value;
  return max;
}

function spanOf(ts: Float64Array): readonly [number, number] {
  let first = Number.POSITIVE_INFINITY;
  let last = Number.NEGATIVE_INFINITY;
  for (const value of ts) {
    if (value < first) first = value;
    if (value > last) last = value;
  }
  return [first, last];
}
