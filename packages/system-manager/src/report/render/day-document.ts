import type { DayReport, ReportMinutes, ReportOperations } from '../day-report.ts';
import {
  dateText,
  decimalText,
  durationText,
  megabytesText,
  msText,
  percentText,
  plural,
  timeText,
  wholeText,
} from '../wording.ts';
import {
  type Block,
  chart,
  type Figure,
  list,
  type ReportDocument,
  type Section,
  table,
  text,
  timeAxis,
} from './document.ts';

export const VERDICT = { complete: 'good', incomplete: 'bad', running: 'open' } as const;
const PROMISE = { kept: 'kept', missed: 'MISSED', not_known: 'not known' } as const;
const SECOND_MS = 1_000;

/** A daily report as it is read. */
export function dayDocument(day: DayReport): ReportDocument {
  const { kind, name } = day.session;
  const about = [
    name ?? 'session unknown to the calendar',
    kind === 'special' ? 'special session' : '',
    sourceText(day.source),
  ];
  return {
    title: `Market data of ${dateText(day.date)}`,
    subtitle: about.filter((part) => part !== '').join(' · '),
    verdict: { state: VERDICT[day.verdict.state], text: day.verdict.headline },
    figures: figuresOf(day),
    sections: [
      { title: 'What is promised, and what was measured', blocks: [promises(day)] },
      {
        title: 'Worth knowing',
        blocks: [day.remarks.length === 0 ? text('Nothing out of the ordinary.') : list(day.remarks)],
      },
      coverage(day),
      bars(day),
      corrections(day),
      timeliness(day),
      ...(day.operations === null ? [] : [memoryAndCpu(day.operations), broker(day.operations)]),
      incidents(day),
      { title: 'Proof of the indicators', blocks: [text(proofText(day))] },
      storage(day),
    ],
    footer: `As of ${day.as_of_ist.slice(0, 10)} ${timeText(day.as_of_ist)} IST, the market's time. Times are IST.`,
  };
}

export const sourceText = (source: DayReport['source']): string =>
  source === null ? '' : source === 'dhan' ? 'from the broker' : 'from the simulated exchange';

export const proofText = ({ proof: { state, current, summary } }: Pick<DayReport, 'proof'>): string =>
  `${state === 'none' ? 'Not known' : state === 'proved' ? 'Proved' : 'Failed'}${state !== 'none' && !current ? ' (of another seal)' : ''}: ${summary}.`.replace(
    /\.\.$/,
    '.',
  );

function figuresOf({ coverage: of, corrections: corrected, operations, deaths }: DayReport): readonly Figure[] {
  const figures: Figure[] = [
    {
      name: 'Coverage',
      value: percentText(of.coverage_percent, 3),
      detail: `${wholeText(of.bars)} bars, ${wholeText(of.absences)} settled absences`,
    },
    { name: 'Still owed', value: wholeText(of.unknown), detail: `of ${wholeText(of.expected)} expected minutes` },
    { name: 'Corrected', value: percentText(corrected.percent), detail: `${plural(corrected.bars, 'bar')}` },
  ];
  if (operations === null) return figures;
  const { lag, memory, broker: calls, components } = operations;
  const restarts = components.reduce((sum, { restarts: count }) => sum + count, 0);
  return [
    ...figures,
    { name: 'Seal to store, p99', value: msText(lag.seal_to_ack_p99_ms), detail: 'the worst of the day' },
    { name: 'Memory, most', value: megabytesText(memory.pss_max_bytes), detail: 'PSS of all processes' },
    {
      name: 'Broker calls',
      value: wholeText(calls.calls),
      detail: `${wholeText(calls.errors)} errors, ${wholeText(calls.rate_limited)} rate limited`,
    },
    {
      name: 'Restarts',
      value: wholeText(restarts),
      detail: deaths === null ? 'deaths not known' : plural(deaths.length, 'death'),
    },
  ];
}

const promises = (day: DayReport): Block =>
  table(
    '',
    ['', 'promise', 'measured', ''],
    day.promises.map(({ name, promise, measured, verdict }) => [name, promise, measured, PROMISE[verdict]]),
  );

const MINUTE_TITLES = ['expected#', 'bars#', 'absences#', 'owed#', 'to come#', 'coverage#'];
const minuteCells = (of: ReportMinutes): readonly string[] => [
  ...[of.expected, of.bars, of.absences, of.unknown, of.pending].map(wholeText),
  percentText(of.coverage_percent, 3),
];

function coverage({ coverage: of, session }: DayReport): Section {
  const hours = (name: string): string =>
    session.windows
      .filter((window) => window.class === name)
      .map(({ open_ist: open, close_ist: close }) => `${timeText(open)}–${timeText(close)}`)
      .join(', ');
  const classes = table(
    'Minutes by class',
    ['class', 'hours', 'symbols#', ...MINUTE_TITLES],
    [
      ...of.by_class.map((line) => [line.class, hours(line.class), wholeText(line.symbols), ...minuteCells(line)]),
      ['all', '', wholeText(of.symbols), ...minuteCells(of)],
    ],
  );
  const reasons = table(
    'Minutes without a bar, by reason',
    ['reason', 'meaning', 'minutes#'],
    of.by_reason.map(({ reason, settled, minutes }) => [
      reason,
      settled ? 'settled' : 'still owed',
      wholeText(minutes),
    ]),
  );
  const owed = table(
    of.owed_left_out === 0
      ? 'Still owed'
      : `Still owed, the longest; ${wholeText(of.owed_left_out)} more are not listed`,
    ['symbol', 'from', 'to', 'minutes#', 'reason'],
    of.owed.map((run) => [
      run.symbol,
      timeText(run.from_ist),
      timeText(run.to_ist),
      wholeText(run.minutes),
      run.reason,
    ]),
  );
  return {
    title: 'Coverage',
    blocks: [classes, ...(of.by_reason.length === 0 ? [] : [reasons]), ...(of.owed.length === 0 ? [] : [owed])],
  };
}

function bars({ bars: of, minute_to_known: { series } }: DayReport): Section {
  const sources = ['feed', 'quote', 'chart'] as const;
  return {
    title: 'Where bars came from',
    blocks: [
      table(
        'Bars by source',
        ['source', 'came first#', 'newest#'],
        sources.map((source) => [source, wholeText(of.first_by_source[source]), wholeText(of.by_source[source])]),
      ),
      table(
        'Bars by state',
        ['state', 'bars#'],
        Object.entries(of.by_state).map(([state, count]) => [state, wholeText(count)]),
      ),
      chart({
        title: 'First bars of each minute, by source',
        valueText: wholeText,
        shape: 'areas',
        x: timeAxis(series.minutes_ist),
        series: sources.map((name) => ({ name, values: series[name] })),
      }),
    ],
  };
}

function corrections({ corrections: of, worst_symbols: worst }: DayReport): Section {
  const live = table(
    'Live bars against official ones: mean difference over all minutes compared',
    ['source', 'minutes compared#', 'close differs#', 'open bp#', 'high bp#', 'low bp#', 'close bp#', 'volume %#'],
    of.live.map((line) => [
      line.source,
      wholeText(line.compared),
      wholeText(line.close.differ),
      ...(['open', 'high', 'low', 'close', 'volume'] as const).map((field) => decimalText(line[field].mean, 2)),
    ]),
  );
  const summary = `${plural(of.bars, 'bar')} (${percentText(of.percent)}) had their values replaced, ${plural(of.superseded, 'revision')} were superseded.`;
  return {
    title: 'Corrections',
    blocks: [text(summary), ...(of.live.length === 0 ? [] : [live]), worstTable(worst)],
  };
}

export const worstTable = (worst: DayReport['worst_symbols']): Block =>
  worst.length === 0
    ? text('No symbol lacks a minute or had a bar corrected.')
    : table(
        'Symbols with most to correct, the worst first',
        ['symbol', 'class', 'coverage#', 'owed#', 'corrections#', 'for every 100 bars#', 'close bp#'],
        worst.map((of) => [
          of.symbol,
          of.class,
          percentText(of.coverage_percent),
          wholeText(of.unknown),
          wholeText(of.corrections),
          decimalText(of.corrections_per_100, 2),
          decimalText(of.close_mean_bp, 2),
        ]),
      );

function timeliness({ minute_to_known: known, operations }: DayReport): Section {
  const lines = 'lines' as const;
  const blocks: Block[] = [
    text(
      `From the end of a minute until its first live bar was known: median ${msText(known.median_ms)}, p99 ${msText(known.p99_ms)}, at most ${msText(known.max_ms)}, over ${wholeText(known.minutes)} bars.`,
    ),
    chart({
      title: "Minute's end to known, market time",
      valueText: msText,
      shape: lines,
      x: timeAxis(known.series.minutes_ist),
      series: [
        { name: 'median', values: known.series.median_ms },
        { name: 'slowest', values: known.series.max_ms },
      ],
    }),
  ];
  if (operations === null) return { title: 'Freshness and delays', blocks };
  const { series, session } = operations;
  const x = timeAxis(series.minutes_ist);
  return {
    title: 'Freshness and delays',
    blocks: [
      text(
        `In session the pipeline was at work in ${percentText(session.pipeline_up_percent)} of ${wholeText(session.samples)} samples; the newest bar was less than two minutes old in ${percentText(session.fresh_percent)} of those in which one was owed, at most ${secondsText(session.freshness_max_s)}.`,
      ),
      ...blocks,
      chart({
        title: 'Age of the newest bar, market time',
        valueText: secondsText,
        shape: lines,
        x,
        series: [{ name: 'age', values: series.freshness_s }],
      }),
      chart({
        title: 'Exchange to receipt, p95, market time',
        valueText: msText,
        shape: lines,
        x,
        series: [{ name: 'feed', values: series.feed_p95_ms }],
      }),
      chart({
        title: 'Seal of a minute to the store’s acknowledgement, real time, over the last 400 minutes each',
        valueText: msText,
        shape: lines,
        x,
        series: [
          { name: 'p50', values: series.seal_to_ack_p50_ms },
          { name: 'p99', values: series.seal_to_ack_p99_ms },
        ],
      }),
    ],
  };
}

const secondsText = (seconds: number | null): string => (seconds === null ? '–' : durationText(seconds * SECOND_MS));

function memoryAndCpu({ components, series, memory, cpu }: ReportOperations): Section {
  const x = timeAxis(series.minutes_ist);
  const counted = components.filter((of) => of.counted);
  return {
    title: 'Memory and CPU',
    blocks: [
      text(
        `All processes together held ${megabytesText(memory.pss_median_bytes)} in the median and ${megabytesText(memory.pss_max_bytes)} at most${memory.pss_max_ist === null ? '' : `, at ${timeText(memory.pss_max_ist)}`}, and used ${decimalText(cpu.seconds, 1)} s of CPU: ${percentText(cpu.percent_of_core, 1)} of a core, ${percentText(cpu.session_percent_of_core, 1)} in session. The simulated exchange is not counted.`,
      ),
      table(
        'By component',
        [
          'component',
          'PSS median#',
          'PSS most#',
          'RSS most#',
          'CPU s#',
          'of a core#',
          'loop lag most#',
          'restarts#',
          'errors#',
        ],
        components.map((of) => [
          of.component,
          ...[of.pss_median_bytes, of.pss_max_bytes, of.rss_max_bytes].map(megabytesText),
          decimalText(of.cpu_seconds, 1),
          percentText(of.cpu_percent, 1),
          msText(of.loop_lag_max_ms),
          wholeText(of.restarts),
          wholeText(of.errors),
        ]),
      ),
      chart({
        title: 'Memory by component, PSS',
        valueText: megabytesText,
        shape: 'areas',
        x,
        series: counted.map(({ component }) => ({ name: component, values: series.pss[component] ?? [] })),
      }),
      chart({
        title: 'CPU of all components, percent of a core',
        valueText: (value) => percentText(value, 0),
        shape: 'lines',
        x,
        series: [{ name: 'CPU', values: series.cpu_percent }],
      }),
    ],
  };
}

function broker({ broker: of }: ReportOperations): Section {
  return {
    title: 'The broker',
    blocks: [
      table(
        '',
        ['', '#'],
        [
          ['Calls', wholeText(of.calls)],
          [
            'Errors of the pipeline, failed calls included',
            `${wholeText(of.errors)} (${percentText(of.error_percent)})`,
          ],
          ['Rate-limit answers', wholeText(of.rate_limited)],
          ["Chart calls of the day's budget", `${wholeText(of.chart_calls_used)} of ${wholeText(of.chart_calls_cap)}`],
          ['Chart calls left', wholeText(of.chart_calls_left)],
        ],
      ),
    ],
  };
}

function incidents({ operations, deaths }: DayReport): Section {
  const blocks: Block[] = [];
  if (deaths === null) blocks.push(text('Which processes ended unasked is not known.'));
  else if (deaths.length === 0) blocks.push(text('No process ended unasked.'));
  else {
    const rows = deaths.map((of) => [timeText(of.at_ist), of.component, of.text]);
    blocks.push(table('Processes that ended unasked (by the host’s clock)', ['time', 'component', 'how'], rows));
  }
  if (operations !== null && operations.events.length > 0) {
    const more =
      operations.events_left_out === 0 ? '' : `; ${wholeText(operations.events_left_out)} more are not listed`;
    const rows = operations.events.map(({ at_ist: at, text: what }) => [timeText(at), what]);
    blocks.push(table(`What changed, as the monitor saw it${more}`, ['time', 'what'], rows));
  }
  return { title: 'Restarts and incidents', blocks };
}

function storage({ storage: of }: DayReport): Section {
  return {
    title: 'Storage',
    blocks: [
      text(
        `The date takes ${megabytesText(of.date_bytes)} of published files, of which ${megabytesText(of.sealed_bytes)} are sealed and stay, ${megabytesText(of.hot_bytes)} of open database and ${megabytesText(of.metrics_bytes)} of metrics; the whole data directory ${megabytesText(of.total_bytes)}.`,
      ),
      table(
        'Published files of the date',
        ['table', 'size#'],
        of.tables.map(({ table: name, bytes }) => [name, megabytesText(bytes)]),
      ),
    ],
  };
}
