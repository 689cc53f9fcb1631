import { ABSENCE_REASONS, BAR_STATES, type TradingDate } from '@rtp/core';
import { dayAlias } from '../days/names.ts';
import type { SealedTable } from '../publish/history-files.ts';
import { publishedBars, publishedRows, symbolsOn, word } from '../publish/published-sql.ts';

/** The rows a seal writes, from the day's hot file; bars and absences by instrument and minute. */
export function sealedRows(date: TradingDate, table: Exclude<SealedTable, 'indicators'>): string {
  const alias = dayAlias(date);
  switch (table) {
    case 'bars':
      return `SELECT ${publishedBars(finalState)}
        FROM (${ranked(alias)} = 1) b JOIN ${symbolsOn(date)} i USING (instrument_id) LEFT JOIN (${raised(alias)}) r
          ON r.instrument_id = b.instrument_id AND r.ts = b.ts ORDER BY b.instrument_id, b.ts`;
    case 'bars_superseded':
      return `SELECT ${publishedBars('NULL::VARCHAR')}
        FROM (${ranked(alias)} > 1) b JOIN ${symbolsOn(date)} i USING (instrument_id)
        ORDER BY b.instrument_id, b.ts, b.revision`;
    case 'absences':
      return `SELECT b.instrument_id, i.symbol, b.ts, ${word(ABSENCE_REASONS, 'b.reason')} AS reason, b.known_at,
          b.commit_seq
        FROM (SELECT * FROM ${alias}.absences
          QUALIFY row_number() OVER (PARTITION BY instrument_id, ts ORDER BY commit_seq DESC) = 1) b
          JOIN ${symbolsOn(date)} i USING (instrument_id)
          ANTI JOIN ${alias}.bars x ON x.instrument_id = b.instrument_id AND x.ts = b.ts
        ORDER BY b.instrument_id, b.ts`;
    default:
      return `${publishedRows(alias, table, date, 'true')} ORDER BY b.commit_seq`;
  }
}

const finalState = word(BAR_STATES, 'greatest(b.state, coalesce(r.state, 0::UTINYINT))');

const ranked = (alias: string): string => `SELECT * FROM ${alias}.bars
  QUALIFY row_number() OVER (PARTITION BY instrument_id, ts ORDER BY revision DESC)`;

/** States that later commits raised bars to. */
const raised = (alias: string): string => `SELECT t.instrument_id, t.ts, max(c.state) AS state
  FROM (SELECT instrument_id, ts, arg_max(commit_seq, revision) AS commit_seq FROM ${alias}.bars GROUP BY instrument_id, ts) t
    JOIN ${alias}.confirmations c ON c.instrument_id = t.instrument_id AND t.ts BETWEEN c.from_ts AND c.to_ts
      AND c.commit_seq > t.commit_seq
  GROUP BY t.instrument_id, t.ts`;
