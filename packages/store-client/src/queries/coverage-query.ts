import {
  ABSENCE_REASONS,
  type AbsenceReason,
  BAR_STATES,
  type EpochMs,
  isSettled,
  MINUTE_MS,
  SETTLED_REASONS,
  type TradingDate,
} from '@rtp/core';
import type { DayCoverage, InstrumentCoverage } from '../contract.ts';
import { dateLiteral, type QueryRunner, type QueryValue } from './query-runner.ts';

/** Reasons that say something; a minute without any of them is `unknown`. */
const NAMED_REASONS = ABSENCE_REASONS.filter((reason) => reason !== 'unknown');
const SETTLED = `(${SETTLED_REASONS.map((reason) => `'${reason}'`).join(', ')})`;

/**
 * Coverage of `date` from what is stored: expected minutes are those of the class's recorded windows, owed by the
 * instruments tracked that day. A minute still running at `now` is pending.
 */
export async function queryCoverage(run: QueryRunner, date: TradingDate, now: EpochMs): Promise<DayCoverage> {
  const rows = await run.rows(coverageSql(date, now));
  const [state] = (await run.rows(stateSql(date)))[0] ?? [];
  return sumCoverage(date, (state ?? 'none') as DayCoverage['state'], rows.map(toInstrument));
}

/** Adds instruments up to a day. */
export function sumCoverage(
  date: TradingDate,
  state: DayCoverage['state'],
  instruments: readonly InstrumentCoverage[],
): DayCoverage {
  const sum = (pick: (of: InstrumentCoverage) => number): number =>
    instruments.reduce((total, instrument) => total + pick(instrument), 0);
  const unknown = sum((of) => of.unknown);
  const pending = sum((of) => of.pending);
  const expected = sum((of) => of.expected);
  return {
    date,
    state,
    expected,
    bars: sum((of) => of.bars),
    absences: sum((of) => of.absences),
    unknown,
    pending,
    complete: expected > 0 && unknown === 0 && pending === 0,
    byReason: countsOf(ABSENCE_REASONS.map((reason) => [reason, sum((of) => of.byReason[reason] ?? 0)])),
    instruments,
  };
}

/** Counts by reason, those of nothing left out. */
const countsOf = (counts: readonly (readonly [AbsenceReason, number])[]): InstrumentCoverage['byReason'] =>
  Object.fromEntries(counts.filter(([, count]) => count > 0));

function stateSql(date: TradingDate): string {
  return `SELECT state FROM days WHERE date = ${dateLiteral(date)}`;
}

function coverageSql(date: TradingDate, now: EpochMs): string {
  const on = `date = ${dateLiteral(date)}`;
  const nowMinute = Math.floor(now / MINUTE_MS) * MINUTE_MS;
  const states = BAR_STATES.map((state) => `count(*) FILTER (state = '${state}') AS ${state}`).join(', ');
  const within = (table: string): string => `FROM ${table} x JOIN owed o USING (instrument_id)
    WHERE x.${on} AND EXISTS (SELECT 1 FROM windows w WHERE w.class = o.class AND x.ts >= w.open_ts AND x.ts < w.close_ts)`;
  const isOver = `epoch_ms(x.ts) < ${nowMinute}`;
  // A minute that is still owed is pending until it is over, whatever is known of it.
  const reasons = NAMED_REASONS.map((reason) => {
    const counted = `reason = '${reason}'${isSettled(reason) ? '' : ` AND ${isOver}`}`;
    return `count(*) FILTER (${counted}) AS "${reason}"`;
  }).join(', ');
  return `WITH owed AS (SELECT instrument_id, symbol, class FROM tracked WHERE ${on}),
    windows AS (SELECT class, open_ts, close_ts FROM sessions WHERE ${on}),
    spans AS (
      SELECT class, sum(epoch_ms(close_ts) - epoch_ms(open_ts)) // ${MINUTE_MS} AS expected,
        sum(greatest(least(epoch_ms(close_ts), ${nowMinute}) - epoch_ms(open_ts), 0)) // ${MINUTE_MS} AS over
      FROM windows GROUP BY class),
    b AS (SELECT x.instrument_id, count(*) AS bars, count(*) FILTER (${isOver}) AS bars_over,
      count(*) FILTER (partial) AS partial, ${states} ${within('bars')} GROUP BY x.instrument_id),
    a AS (SELECT x.instrument_id, count(*) FILTER (reason IN ${SETTLED}) AS absences,
      count(*) FILTER (reason IN ${SETTLED} AND ${isOver}) AS absences_over, ${reasons}
      ${within('absences')} GROUP BY x.instrument_id)
    SELECT o.instrument_id::DOUBLE, o.symbol, ${[
      'expected',
      'over',
      'bars',
      'bars_over',
      'partial',
      'absences',
      'absences_over',
      ...BAR_STATES,
      ...NAMED_REASONS,
    ]
      .map((column) => `coalesce("${column}", 0)::DOUBLE`)
      .join(', ')}
    FROM owed o LEFT JOIN spans USING (class) LEFT JOIN b USING (instrument_id) LEFT JOIN a USING (instrument_id)
    ORDER BY o.symbol`;
}

function toInstrument(row: readonly QueryValue[]): InstrumentCoverage {
  const [instrumentId, symbol, ...counts] = row as [number, string, ...number[]];
  const [expected, over, bars, barsOver, partial, absences, absencesOver, ...rest] = counts as [
    number,
    number,
    number,
    number,
    number,
    number,
    number,
    ...number[],
  ];
  const byState = Object.fromEntries(BAR_STATES.map((state, index) => [state, rest[index]]));
  const named = NAMED_REASONS.map((reason, index) => [reason, rest[BAR_STATES.length + index] as number] as const);
  const unknown = over - barsOver - absencesOver;
  const explained = named.reduce((sum, [reason, count]) => (isSettled(reason) ? sum : sum + count), 0);
  return {
    instrumentId,
    symbol,
    expected,
    bars,
    byState: byState as InstrumentCoverage['byState'],
    partial,
    absences,
    byReason: countsOf([...named, ['unknown', unknown - explained]]),
    unknown,
    pending: expected - over - (bars - barsOver) - (absences - absencesOver),
  };
}
