import { execFile } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import {
  atIst,
  configSchema,
  MINUTE_MS,
  metricsFile,
  projectRoot,
  reportFile,
  type Sample,
  type TradingDate,
} from '@rtp/core';
import { writeReport } from '../../packages/monitor/src/report/write-report.ts';
import { type DayReport, dayReportSchema } from '../../packages/system-manager/src/report/day-report.ts';
import { weekReportSchema } from '../../packages/system-manager/src/report/week-report.ts';
import {
  absence,
  bar,
  calendarOf,
  DATE,
  listing,
  OPEN,
  openTestStore,
  removeTempDirs,
  type TestStore,
  tempDir,
} from '../store/support/fixtures.ts';
import { ask, askNumber } from '../system/support/catalogue.ts';
import { tagsProblem } from './support/markup.ts';

// Processes are slow to start on a busy machine; nothing here waits for a fixed time.
jest.setTimeout(60_000);

/** The day before `DATE`, a Thursday. */
const BEFORE: TradingDate = '2016-09-29';
const MINUTES = Array.from({ length: 10 }, (_, minute) => minute);
const OFFICIAL = { source: 'chart', state: 'reconciled' } as const;
const NASTY = 'M&M';
const WALL = Date.parse('2026-11-26T04:00:00Z');

let store: TestStore;

/** Ten minutes of two days. M&M: corrected bars; QUIET: minutes without trades; OWED: two minutes missing on the last day. */
beforeAll(async () => {
  store = await openTestStore({ calendar: calendarOf([['09:15', '09:25']]) });
  for (const date of [BEFORE, DATE]) {
    const rows = await store.store.registerInstruments(
      date,
      [NASTY, 'QUIET', 'OWED'].map((symbol) => listing(symbol)),
    );
    const [nasty, quiet, owed] = rows.map(({ instrumentId }) => instrumentId) as [number, number, number];
    const at = (minute: number) => {
      const ts = atIst(date, '09:15') + minute * MINUTE_MS;
      return { ts, knownAt: ts + MINUTE_MS + 2_000 + 100 * minute };
    };
    const missing = date === DATE ? 2 : 0;
    await store.send({
      tradingDate: date,
      bars: [
        ...MINUTES.map((minute) => bar(nasty, 0, { ...at(minute), source: minute < 3 ? 'quote' : 'feed' })),
        ...[0, 1].map((minute) => bar(quiet, 0, at(minute))),
        ...MINUTES.slice(missing).map((minute) => bar(owed, 0, at(minute))),
      ],
      absences: [
        ...MINUTES.slice(2).map((minute) => absence(quiet, 0, { ...at(minute), reason: 'no_trades' })),
        ...(date === DATE ? [absence(owed, 0, { ...at(0), reason: 'broker_lag' })] : []),
      ],
    });
    await store.send({
      tradingDate: date,
      bars: [
        ...[0, 1, 2, 3].map((minute) => bar(nasty, 0, { ...at(minute), ...OFFICIAL, high: 101.5 })),
        ...[4, 5].map((minute) => bar(nasty, 0, { ...at(minute), ...OFFICIAL })),
      ],
    });
  }
  await store.store.seal(BEFORE, true);
  await store.store.published();
  mkdirSync(store.paths.metricsDir, { recursive: true });
  mkdirSync(store.paths.runDir, { recursive: true });
  writeFileSync(store.paths.resolvedConfigFile, JSON.stringify(configSchema.parse({})));
  const lines = MINUTES.map((minute) => JSON.stringify(sampleAt(minute)));
  writeFileSync(metricsFile(store.paths.metricsDir, DATE), `${lines.join('\n')}\n{"torn":`);
  const death = {
    kind: 'death',
    at: '2026-11-26T04:05:30Z',
    component: 'store',
    pid: 12,
    bootId: 'b',
    startedAt: 1,
    readyAt: 2,
  };
  const rest = {
    endedAt: 3,
    exitCode: null,
    signal: 'SIGKILL',
    verdict: null,
    seen: null,
    how: 'ended by <SIGKILL>',
    stderr: [],
  };
  const others = ['2026-11-25T04:05:30Z', '2026-11-26T05:00:00Z'].map((when) => ({ ...death, ...rest, at: when }));
  const deaths = [{ ...death, ...rest }, ...others];
  writeFileSync(store.paths.deathsFile, deaths.map((line) => `${JSON.stringify(line)}\n`).join(''));
});

afterAll(async () => {
  await store.close();
  removeTempDirs();
});

/** The pipeline's process is another one from the sixth minute on, and its counts begin anew. */
function sampleAt(minute: number): Sample {
  const isSecond = minute >= 6;
  const age = isSecond ? minute - 6 : minute;
  const component = (pid: number, cpu: number, over: Partial<Sample['components'][string]> = {}) => ({
    state: 'ready' as const,
    wanted: 'up' as const,
    pid,
    rss_bytes: 200e6,
    pss_bytes: 100e6 + minute * 1e6,
    cpu_seconds: cpu,
    loop_lag_ms: minute,
    restarts: 0,
    errors: 0,
    degraded: '',
    ...over,
  });
  const market = { date: DATE, phase: 'open' as const };
  return {
    v: 1,
    ts: OPEN + minute * MINUTE_MS + 30_000,
    time_ist: '',
    wall_ts: WALL + minute * MINUTE_MS,
    speed: 1,
    source: 'simulator',
    market,
    freshness_s: minute === 9 ? 150 : 30,
    coverage: null,
    pipeline: {
      phase: 'session',
      trading_date: DATE,
      live_source: minute === 4 ? 'quote' : 'feed',
      symbols: 3,
      minutes_sealed: minute,
      bars_written: 0,
      corrections: 0,
      out_of_session: 0,
      calls: 10 * (age + 1),
      rate_limited: isSecond ? 1 : 0,
      chart_calls_left: 6_900 - minute,
      chart_calls_used: 100 + minute,
      chart_calls_cap: 7_000,
      token_expires_at: null,
      sealed: false,
    },
    lag: {
      seal_to_ack_p50_ms: 20,
      seal_to_ack_p99_ms: 40 + minute,
      feed_p95_ms: 300,
      grace_ms: 2_000,
      commit_p50_ms: 5,
      commit_p99_ms: 9,
      publish_p50_ms: 5,
      publish_p99_ms: 12,
    },
    store: null,
    components: {
      'system-manager': component(1, 10 + minute),
      pipeline: component(isSecond ? 8 : 7, 2 * (age + 1), { restarts: isSecond ? 1 : 0, errors: isSecond ? 1 : 0 }),
      simulator: component(9, 100 * minute),
    },
    totals: { rss_bytes: 400e6, pss_bytes: 200e6 + minute * 2e6, cpu_seconds: 0, errors: 0, restarts: 0 },
  };
}

interface Outcome {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}
const env = { PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '' };
const report = (...args: string[]): Promise<Outcome> =>
  new Promise((resolve) => {
    const line = ['report', ...args, '--data-dir', store.paths.dataDir];
    execFile(join(projectRoot, 'bin/rtp'), line, { env, maxBuffer: 1e8 }, (error, stdout, stderr) => {
      resolve({ exitCode: error === null ? 0 : Number(error.code), stdout, stderr });
    });
  });
const daily = async (date: string): Promise<DayReport> =>
  dayReportSchema.strict().parse(JSON.parse((await report('daily', '--date', date, '--json')).stdout));

describe('the report of a day', () => {
  test('counts what the catalogue counts', async () => {
    const day = await daily(DATE);
    const number = (sql: string): Promise<number> =>
      askNumber(store.paths.dataDir, sql.replaceAll('$DAY', `date = '${DATE}'`));
    expect(day.coverage).toMatchObject({
      symbols: await number('SELECT count(*) FROM tracked WHERE $DAY'),
      expected: await number('SELECT sum(expected) FROM coverage WHERE $DAY'),
      bars: await number('SELECT count(*) FROM bars WHERE $DAY'),
      absences: await number('SELECT count(*) FROM absences WHERE $DAY AND settled'),
      unknown: await number('SELECT sum(missing) FROM coverage WHERE $DAY'),
      coverage_percent: expect.closeTo((100 * 28) / 30, 9),
    });
    expect(day.coverage.by_reason).toEqual([
      { reason: 'no_trades', settled: true, minutes: 8 },
      { reason: 'broker_lag', settled: false, minutes: 1 },
      { reason: 'unknown', settled: false, minutes: 1 },
    ]);
    expect(day.coverage.owed.map(({ symbol, minutes }) => [symbol, minutes])).toEqual([
      ['OWED', 1],
      ['OWED', 1],
    ]);
    const bySource = await ask(
      store.paths.dataDir,
      `SELECT source, count(*)::DOUBLE AS n FROM bars WHERE date = '${DATE}' GROUP BY 1`,
    );
    expect(day.bars.by_source).toEqual({
      quote: 0,
      ...Object.fromEntries(bySource.map(({ source, n }) => [source, n])),
    });
    expect(day.bars.first_by_source).toEqual({ feed: 17, quote: 3, chart: 0 });
    expect(day.corrections).toMatchObject({
      bars: await number('SELECT count(*) FROM bars WHERE $DAY AND revision > 1'),
      superseded: (await number('SELECT count(*) FROM bars_revisions WHERE $DAY')) - day.coverage.bars,
      percent: 20,
    });
    const differences = await ask(
      store.paths.dataDir,
      `SELECT source, sum(compared)::DOUBLE AS compared, sum(high_differ)::DOUBLE AS differ,
        sum(high_mean_bp * compared) / sum(compared) AS mean FROM differences WHERE date = '${DATE}' GROUP BY source ORDER BY source`,
    );
    expect(
      day.corrections.live.map((of) => ({
        source: of.source,
        compared: of.compared,
        differ: of.high.differ,
        mean: of.high.mean,
      })),
    ).toEqual(differences.map((of) => ({ ...of, mean: expect.closeTo(Number(of.mean), 9) })));
    expect(day.minute_to_known).toMatchObject({ minutes: 20, max_ms: 2_900 });
    expect(day.minute_to_known.series.quote.slice(0, 4)).toEqual([1, 1, 1, 0]);
  });

  test('adds counts up over a restart, and leaves the simulated exchange out', async () => {
    const { operations, deaths, promises } = await daily(DATE);
    expect(operations).toMatchObject({
      samples: 10,
      skipped_lines: 1,
      session: { samples: 10, pipeline_up_percent: 100, fresh_percent: 90, freshness_max_s: 150 },
      lag: { seal_to_ack_p99_ms: 49, publish_p99_ms: 12 },
      memory: { pss_max_bytes: 218e6 },
      broker: {
        calls: 100,
        errors: 1,
        error_percent: 1,
        rate_limited: 1,
        chart_calls_used: 109,
        chart_calls_cap: 7_000,
        chart_calls_left: 6_891,
      },
      // Of the manager 9 s since its first sample, of the pipeline 10 s and, anew, 8 s; over nine minutes.
      cpu: { session_percent_of_core: expect.closeTo((100 * 27) / 540, 9) },
    });
    const pipeline = operations?.components.find(({ component }) => component === 'pipeline');
    expect(pipeline).toMatchObject({ restarts: 1, errors: 1, cpu_seconds: 20, pss_max_bytes: 109e6, counted: true });
    expect(operations?.events.map(({ text }) => text)).toEqual([
      'live source: feed → quote',
      'live source: quote → feed',
      'pipeline: another process, ready again',
    ]);
    expect(deaths).toEqual([{ at_ist: '2026-11-26T09:35:30+05:30', component: 'store', text: 'ended by <SIGKILL>' }]);
    expect(Object.fromEntries(promises.map(({ name, verdict }) => [name, verdict]))).toEqual({
      Coverage: 'missed',
      Indicators: 'not_known',
      'Sealed minute to queryable, p99': 'kept',
      'Minute close to queryable, p99': 'kept',
      Errors: 'missed',
      'Chart calls': 'kept',
      'Memory of all processes, most': 'kept',
      'CPU in session': 'kept',
    });
  });

  test('says what it does not know of a day without metrics', async () => {
    const day = await daily(BEFORE);
    expect(day).toMatchObject({
      operations: null,
      deaths: null,
      verdict: { state: 'complete' },
      seal: { generation: 1, complete: true },
    });
    expect(day.remarks[0]).toMatch(/^No metrics of this date/);
    expect(day.promises.map(({ name }) => name)).toEqual(['Coverage', 'Indicators']);
  });

  test('is written as HTML, Markdown and JSON that say the same', async () => {
    const out = tempDir();
    const { stdout, exitCode } = await report('daily', '--date', DATE, '--out', out);
    expect(exitCode).toBe(0);
    const names = ['html', 'md', 'json'].map((format) => `daily-${DATE}.${format}`);
    expect(readdirSync(out).toSorted()).toEqual(names.toSorted());
    const [html, markdown, json] = names.map((name) => readFileSync(join(out, name), 'utf8')) as [
      string,
      string,
      string,
    ];
    const day = dayReportSchema.parse(JSON.parse(json));
    expect(stdout.split('\n')[0]).toBe(day.verdict.headline);
    expect(day.verdict.headline).toBe(
      'Not complete: 2 of 30 expected minutes of 3 symbols are still owed; not sealed yet.',
    );
    expect(tagsProblem(html)).toBeNull();
    expect(html).toContain('M&amp;M');
    expect(html).toContain('ended by &lt;SIGKILL&gt;');
    expect(html).not.toMatch(/<script|src=|href=|url\(|M&M|<SIGKILL>/);
    expect(markdown).toContain('M&amp;M');
    for (const text of [day.verdict.headline, '93.333 %', '218 MB', 'live source: feed → quote', '109 of 7,000']) {
      expect(html).toContain(text);
      expect(markdown).toContain(text);
    }
  });

  test.each([
    [['daily', '--date', '2016-10-01'], 1, 'no trading day: Saturday'],
    [['daily', '--date', '2016-09-28'], 1, 'RTP_REPORT_NOTHING_STORED'],
    [['weekly', '--date', '2016-09-28'], 1, 'RTP_REPORT_NOTHING_STORED'],
    [['daily', '--out', join(projectRoot, 'package.json', 'reports')], 64, 'RTP_OUTPUT_UNWRITABLE'],
    [['monthly'], 64, 'daily, weekly'],
  ])('%j is told why not', async (args, exitCode, message) => {
    expect(await report(...args)).toMatchObject({ exitCode, stdout: '', stderr: expect.stringContaining(message) });
  });
});

describe('the report of a week', () => {
  test('puts its days side by side, adds them up, and does not miss days before the first', async () => {
    const { stdout } = await report('weekly', '--date', '2016-10-01', '--json');
    const week = weekReportSchema.strict().parse(JSON.parse(stdout));
    expect(week.days.map(({ date, kind }) => [date.slice(8), kind])).toEqual([
      ['26', 'outside'],
      ['27', 'outside'],
      ['28', 'outside'],
      ['29', 'stored'],
      ['30', 'stored'],
      ['01', 'closed'],
    ]);
    expect(week.days.at(-1)?.note).toBe('Saturday');
    const bars = await askNumber(store.paths.dataDir, 'SELECT count(*) FROM bars');
    expect(week.coverage).toMatchObject({ expected: 60, bars, absences: 16, unknown: 2 });
    expect(week.worst_symbols.find(({ symbol }) => symbol === NASTY)?.corrections).toBe(8);
    expect(week.verdict.headline).toBe('1 of 2 stored days complete, 2 minutes still owed.');
    const html = readFileSync(reportFile(store.paths, 'weekly', '2016-10-01', 'html'), 'utf8');
    expect(tagsProblem(html)).toBeNull();
  });
});

describe('the monitor', () => {
  const order = { name: 'write-report', period: 'daily', date: DATE } as const;
  const never = new AbortController().signal;

  test('writes the report it is ordered to write, and says where', async () => {
    const file = await writeReport(store.paths, order, 60_000, never);
    expect(readFileSync(file, 'utf8')).toContain('Not complete: 2 of 30');
  });

  test('says why there is none', async () => {
    const failing = writeReport(store.paths, { ...order, date: '2016-10-01' }, 60_000, never);
    await expect(failing).rejects.toMatchObject({
      code: 'RTP_REPORT_FAILED',
      message: expect.stringContaining('Saturday'),
    });
    const slow = writeReport(store.paths, order, 1, never);
    await expect(slow).rejects.toMatchObject({ message: expect.stringContaining('not finished within') });
    const other = writeReport(store.paths, { name: 'log-level', level: 'debug' }, 1, never);
    await expect(other).rejects.toMatchObject({ code: 'RTP_ORDER_UNKNOWN' });
  });
});
