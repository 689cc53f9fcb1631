import type { DayReport } from './day-report.ts';
import { decimalText, plural, timeText } from './wording.ts';

type Known = Pick<
  DayReport,
  | 'date'
  | 'session'
  | 'seal'
  | 'coverage'
  | 'bars'
  | 'corrections'
  | 'minute_to_known'
  | 'proof'
  | 'operations'
  | 'deaths'
>;

/** What is not known of a date, and why; what a reader may stumble over. */
export function remarksOf(day: Known): readonly string[] {
  return [...ofOperations(day), ...ofStored(day), ...ofHours(day)];
}

function ofOperations({ operations, session }: Known): readonly string[] {
  if (operations === null) {
    return [
      'No metrics of this date: the monitor did not run, or its file is gone. Freshness, delays of delivery, memory, CPU, restarts, broker calls and errors are not known.',
    ];
  }
  const remarks: string[] = [];
  const { speed, skipped_lines: skipped, first_sample_ist: first } = operations;
  const opens = session.windows.map(({ open_ist: open }) => open).toSorted();
  if (opens[0] !== undefined && first > opens[0]) {
    remarks.push(`Metrics begin at ${timeText(first)}, after the open: what was before is not known.`);
  }
  if (skipped > 0) remarks.push(`${plural(skipped, 'line')} of the metrics file could not be read.`);
  if (speed.min !== 1 || speed.max !== 1) {
    remarks.push(
      `The market ran at up to ${decimalText(speed.max, 0)} times the real pace: CPU and the delay after a minute's close are not those of a real day.`,
    );
  }
  return remarks;
}

function ofStored(day: Known): readonly string[] {
  const remarks: string[] = [];
  const { seal, corrections, proof, bars, minute_to_known: known } = day;
  if (corrections.live.every(({ compared }) => compared === 0) && bars.by_source.chart + bars.by_source.feed > 0) {
    remarks.push(
      'No live bar could be compared with an official one: the date was fetched later, or official candles are still to come.',
    );
  }
  if (known.minutes === 0) remarks.push('No minute came from a live source first, so there is no delay to tell.');
  if (seal !== null && proof.state !== 'none' && !proof.current) {
    remarks.push('The proof of the indicators is of an earlier seal than the one in force.');
  }
  if (bars.partial > 0) {
    remarks.push(`${plural(bars.partial, 'bar')} did not see their whole minute; indicators pass over them.`);
  }
  return remarks;
}

function ofHours({ coverage, session }: Known): readonly string[] {
  const classes = new Set(session.windows.map((window) => window.class));
  const closeOf = (name: string): string =>
    session.windows.filter((window) => window.class === name).at(-1)?.close_ist ?? '';
  const remarks: string[] = [];
  if (classes.has('cas_share') && closeOf('cas_share') < closeOf('share')) {
    remarks.push(
      `Shares with derivatives (cas_share) trade until ${timeText(closeOf('cas_share'))}; the price of their closing auction is in daily_official.`,
    );
  }
  if (coverage.absences > 0) {
    remarks.push('A minute without trades has no bar: it counts as covered when the reason is proved.');
  }
  return remarks;
}
