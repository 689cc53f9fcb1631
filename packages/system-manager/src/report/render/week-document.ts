import type { WeekDay, WeekReport } from '../week-report.ts';
import { dateText, decimalText, megabytesText, msText, percentText, timeText, wholeText } from '../wording.ts';
import { proofText, sourceText, VERDICT, worstTable } from './day-document.ts';
import { type Block, chart, type ReportDocument, table, text } from './document.ts';

type Summary = NonNullable<WeekDay['summary']>;
const NOTHING = '–';
const WEEKDAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];

/** A weekly report as it is read. */
export function weekDocument(week: WeekReport): ReportDocument {
  const { days, coverage, live, worst_symbols: worst } = week;
  return {
    title: `Market data of the week to ${dateText(week.to)}`,
    subtitle: [`from ${dateText(week.from)}`, sourceText(week.source)].filter((part) => part !== '').join(' · '),
    verdict: { state: VERDICT[week.verdict.state], text: week.verdict.headline },
    figures: [
      {
        name: 'Coverage',
        value: percentText(coverage.coverage_percent, 3),
        detail: `${wholeText(coverage.bars)} bars`,
      },
      { name: 'Still owed', value: wholeText(coverage.unknown), detail: `of ${wholeText(coverage.expected)} minutes` },
    ],
    sections: [
      { title: 'The days', blocks: [quality(days), operations(days), proofs(days)] },
      {
        title: 'Day by day',
        blocks: [
          columns('Minutes still owed', days, (of) => of.coverage.unknown, wholeText),
          columns(
            'Bars corrected, percent',
            days,
            (of) => of.corrected_percent,
            (value) => percentText(value, 1),
          ),
          columns('Seal of a minute to the store, p99', days, (of) => of.seal_to_ack_p99_ms, msText),
          columns('Memory of all processes, most', days, (of) => of.pss_max_bytes, megabytesText),
          columns('Broker calls', days, (of) => of.calls, wholeText),
        ],
      },
      { title: 'The last day against those before it', blocks: [trends(week)] },
      {
        title: 'Corrections',
        blocks: [
          table(
            'Live bars against official ones, mean difference',
            ['source', 'minutes compared#', 'close differs#', 'close bp#', 'high bp#', 'low bp#', 'volume %#'],
            live.map((of) => [
              of.source,
              wholeText(of.compared),
              wholeText(of.close.differ),
              ...[of.close, of.high, of.low, of.volume].map(({ mean }) => decimalText(mean, 2)),
            ]),
          ),
          worstTable(worst),
        ],
      },
    ],
    footer: `As of ${week.as_of_ist.slice(0, 10)} ${timeText(week.as_of_ist)} IST, the market's time. Times are IST.`,
  };
}

const nameOf = ({ date }: WeekDay): string =>
  `${WEEKDAYS[(new Date(`${date}T00:00:00Z`).getUTCDay() + 6) % 7]} ${date.slice(5)}`;

const rows = (days: readonly WeekDay[], cells: (of: Summary) => readonly string[]): readonly (readonly string[])[] =>
  days.flatMap((day) => (day.summary === null ? [] : [[nameOf(day), ...cells(day.summary)]]));

function quality(days: readonly WeekDay[]): Block {
  return table(
    'Data',
    [
      'day',
      'state',
      'sealed',
      'symbols#',
      'expected#',
      'bars#',
      'absences#',
      'owed#',
      'coverage#',
      'corrected#',
      'close bp#',
    ],
    days.map((day) => {
      const { summary: of } = day;
      if (of === null)
        return [nameOf(day), `${day.kind === 'closed' ? 'closed: ' : ''}${day.note}`, ...Array(9).fill(NOTHING)];
      return [
        nameOf(day),
        of.verdict.state,
        of.sealed_at_ist === null ? NOTHING : timeText(of.sealed_at_ist),
        ...[of.coverage.symbols, of.coverage.expected, of.coverage.bars, of.coverage.absences, of.coverage.unknown].map(
          wholeText,
        ),
        percentText(of.coverage.coverage_percent, 3),
        percentText(of.corrected_percent),
        decimalText(of.close_mean_bp, 2),
      ];
    }),
  );
}

const operations = (days: readonly WeekDay[]): Block =>
  table(
    'Operations',
    [
      'day',
      'minute to known p99#',
      'seal to store p99#',
      'memory most#',
      'CPU s#',
      'calls#',
      'errors#',
      'rate limited#',
      'restarts#',
      'deaths#',
      'storage#',
    ],
    rows(days, (of) => [
      msText(of.minute_to_known_p99_ms),
      msText(of.seal_to_ack_p99_ms),
      megabytesText(of.pss_max_bytes),
      decimalText(of.cpu_seconds, 1),
      ...[of.calls, of.errors, of.rate_limited, of.restarts, of.deaths].map(wholeText),
      megabytesText(of.date_bytes),
    ]),
  );

const proofs = (days: readonly WeekDay[]): Block =>
  table(
    'Proofs and promises',
    ['day', 'proof of the indicators', 'promises missed'],
    rows(days, (of) => [
      proofText(of),
      of.promises_missed.length === 0 ? 'none that was measured' : of.promises_missed.join(', '),
    ]),
  );

function columns(
  title: string,
  days: readonly WeekDay[],
  pick: (of: Summary) => number | null,
  valueText: (value: number) => string,
): Block {
  const values = days.map(({ summary }) => (summary === null ? null : pick(summary)));
  return chart({
    title,
    valueText,
    shape: 'columns',
    x: { kind: 'category', names: days.map(nameOf) },
    series: [{ name: title, values }],
  });
}

function trends({ trends: of }: WeekReport): Block {
  if (of.length === 0) return text('There is no earlier stored day in this week to compare with.');
  const value = (number: number, unit: string): string =>
    unit === 'bytes' ? megabytesText(number) : `${decimalText(number, 2)} ${unit}`;
  return table(
    '',
    ['', 'last day#', 'mean before#', 'change#'],
    of.map(({ name, unit, last, before }) => [
      name,
      value(last, unit),
      value(before, unit),
      before === 0 ? NOTHING : `${last >= before ? '+' : ''}${decimalText((100 * (last - before)) / before, 1)} %`,
    ]),
  );
}
