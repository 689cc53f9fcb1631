import type { Session } from '../engine/session.ts';
import type { DayMinutes } from './day-minutes.ts';

/** Reads what a day's attached file holds of every minute. */
export async function loadMinutes(session: Session, alias: string, minutes: DayMinutes): Promise<void> {
  const absences = session.numbers(`SELECT instrument_id, epoch_ms(ts)::DOUBLE, arg_max(reason, commit_seq)
    FROM ${alias}.absences GROUP BY instrument_id, ts`);
  for await (const [ids, times, reasons] of absences as AsyncGenerator<[Numbers, Numbers, Numbers]>) {
    for (let row = 0; row < ids.length; row += 1) {
      minutes.setAbsence(ids[row] as number, times[row] as number, reasons[row] as number);
    }
  }
  const bars = session.numbers(`
    WITH top AS (
      SELECT instrument_id, ts, arg_max(source, revision) AS source, arg_max(state, revision) AS state,
        arg_max(partial, revision)::UTINYINT AS partial, arg_max(commit_seq, revision) AS commit_seq
      FROM ${alias}.bars GROUP BY instrument_id, ts)
    SELECT t.instrument_id, epoch_ms(t.ts)::DOUBLE, any_value(t.source),
      greatest(any_value(t.state), coalesce(max(c.state), 0::UTINYINT)), any_value(t.partial)
    FROM top t LEFT JOIN ${alias}.confirmations c ON c.instrument_id = t.instrument_id
      AND t.ts BETWEEN c.from_ts AND c.to_ts AND c.commit_seq > t.commit_seq
    GROUP BY t.instrument_id, t.ts`);
  for await (const [ids, times, sources, states, partial] of bars as AsyncGenerator<
    [Numbers, Numbers, Numbers, Numbers, Numbers]
  >) {
    for (let row = 0; row < ids.length; row += 1) {
      const [source, state] = [sources[row] as number, states[row] as number];
      minutes.setBar(ids[row] as number, times[row] as number, source, state, partial[row] === 1);
    }
  }
}

type Numbers = ArrayLike<number>;
