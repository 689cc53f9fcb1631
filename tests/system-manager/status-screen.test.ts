import { stripVTControlCharacters } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import { atIst, type Component, type ComponentStatus } from '@rtp/core';
import type { ControlStatus } from '@rtp/system-manager';
import { duration, judge, statusScreen } from '../../packages/system-manager/src/cli/status-screen.ts';
import { pipelineReport } from '../scheduler/support/snapshots.ts';

const line = (component: Component, change: Partial<ComponentStatus> = {}): ComponentStatus => ({
  component,
  state: 'ready',
  wanted: 'up',
  reason: 'serving',
  pid: 4_711,
  readyForMs: 125_000,
  restarts: 0,
  rssBytes: 90_000_000,
  pssBytes: 50_000_000,
  cpuSeconds: 12.4,
  loopLagMs: 1,
  lastExit: null,
  deaths: 0,
  busyWith: '',
  actor: 'supervisor',
  upForMs: 130_000,
  report: null,
  ...change,
});

const status = (components: readonly ComponentStatus[], change: Partial<ControlStatus> = {}): ControlStatus => ({
  at: 0,
  startedAt: 0,
  source: 'dhan',
  dataDir: '/home/asha/rtp/data',
  managerPid: 4_700,
  speed: 1,
  version: '0.1.0',
  phase: 'serving',
  urls: { dataApi: 'http://127.0.0.1:8000', controlApi: 'http://127.0.0.1:8001' },
  market: {
    now: atIst('2026-02-03', '10:00:05'),
    clock: 'system',
    speed: 1,
    phase: 'open',
    label: 'regular session',
    nextOpen: null,
    nextClose: atIst('2026-02-03', '15:30'),
  },
  components: [...components],
  ...change,
});

const screen = (of: ControlStatus): string => stripVTControlCharacters(statusScreen(of, 80).join('\n'));

describe('the verdict', () => {
  test('all ready, a pipeline that is not wanted included', () => {
    const idle = line('pipeline', { state: 'stopped', wanted: 'down', pid: null });
    expect(judge(status([line('store'), idle])).verdict).toBe('ready');
  });

  test.each(['starting', 'degraded', 'backoff', 'fatal', 'stopping', 'stopped', 'exited'] as const)(
    'a wanted component that is %s is not ready',
    (state) => {
      expect(judge(status([line('store', { state })]))).toEqual({ verdict: 'degraded', why: `store ${state}` });
    },
  );

  test('one that is still there though not wanted is not as it should be', () => {
    expect(judge(status([line('pipeline', { wanted: 'down' })])).verdict).toBe('degraded');
  });
});

describe('the screen', () => {
  test('leads with the verdict and the market', () => {
    const text = screen(status([line('store')]));
    expect(text.split('\n')[0]).toBe('RTP 0.1.0  all ready');
    expect(text).toContain('2026-02-03 10:00:05 IST, open, closes 15:30');
    expect(text).toMatch(/component +wanted +state +up +ready +pid +restarts +deaths +memory/);
    expect(text).toMatch(/store +up +ready +2m 10s +2m 5s +4711 +0 +0 +48 MB/);
  });

  test('shows how far a backfill is, until it is finished', () => {
    const backfill = {
      id: '0a1b2c3d',
      state: 'running' as const,
      from: '2025-12-01',
      to: '2026-02-02',
      symbols: 500,
      callsDone: 120,
      callsTotal: 500,
      daysDone: 3,
      daysTotal: 42,
      endsAt: null,
      note: 'the broker fails',
    };
    const shown = (over: Partial<typeof backfill> | { state: 'done' }): string =>
      screen(status([line('pipeline', { report: pipelineReport({ backfill: { ...backfill, ...over } }) })]));
    expect(shown({})).toContain('2025-12-01 to 2026-02-02: 120/500 calls, 3/42 days, the broker fails');
    expect(shown({ state: 'done' })).not.toContain('2025-12-01');
  });

  test('names the next open with its date when it is another day', () => {
    const market = {
      ...status([]).market,
      phase: 'closed_day' as const,
      label: 'Holi',
      nextOpen: atIst('2026-02-04', '09:15'),
    };
    expect(screen(status([], { market }))).toContain('closed (Holi), opens 2026-02-04 09:15');
  });

  test.each([
    ['proved', '2026-02-02, indicators proved: 131 columns'],
    ['failed', '2026-02-02, indicators NOT PROVED: 131 columns'],
    ['waiting', '2026-02-02, indicators: 131 columns'],
  ] as const)('tells of the newest proof: %s', (state, text) => {
    const proof = { date: '2026-02-02', generation: 1, state, summary: '131 columns' };
    const report = { samples: 1, lastSampleAt: null, errors: 0, proof, degraded: '' };
    expect(screen(status([line('monitor', { report })]))).toContain(text);
    expect(screen(status([line('monitor', { report: { ...report, proof: null } })]))).not.toContain('indicators');
  });

  test('tells how the account stands, and what is wrong with the day, of a pipeline that runs', () => {
    const report = pipelineReport({
      budget: {
        ...pipelineReport().budget,
        used: 679,
        pausedUntil: atIst('2026-02-03', '10:01:20'),
        runsOutAt: atIst('2026-02-03', '14:10'),
      },
      tokenExpiresAt: atIst('2026-02-04', '08:31'),
      universeWarnings: ['ZOMATO is now called ETERNAL'],
      degraded: "this machine's clock is 5.2 s behind the broker's",
    });
    const wide = (of: ControlStatus): string => stripVTControlCharacters(statusScreen(of, 200).join('\n'));
    const text = wide(status([line('pipeline', { report })]));
    expect(text).toContain(
      'broker    679 of 7000 chart calls used, paused until 10:01:20, used up at 14:10, token until 2026-02-04 08:31',
    );
    expect(text).toContain('universe  ZOMATO is now called ETERNAL');
    expect(text).toContain("warning   this machine's clock is 5.2 s behind the broker's");
    expect(wide(status([line('pipeline', { state: 'stopped', report })]))).not.toContain('chart calls');
    expect(wide(status([line('pipeline', { report: pipelineReport() })]))).not.toContain('warning');
  });

  test('tells where each group of instruments has its live minutes from', () => {
    const since = atIst('2026-02-03', '09:21:40');
    const report = pipelineReport({
      sources: [
        { group: 'index', symbols: 1, source: 'feed', since, reason: '', stale: 0 },
        { group: 'share', symbols: 499, source: 'chart', since, reason: 'feed down', stale: 12 },
      ],
    });
    expect(screen(status([line('pipeline', { report })]))).toContain(
      'sources   index feed, share chart since 09:21 (12 stale)',
    );
    expect(screen(status([line('pipeline', { report: pipelineReport() })]))).not.toContain('sources');
  });

  test('says why a component is not serving', () => {
    const broken = line('store', { state: 'backoff', reason: 'killed by SIGKILL; starts again in 1.0 s', pid: null });
    const text = screen(status([broken]));
    expect(text).toContain('degraded: store backoff');
    expect(text).toContain('killed by SIGKILL; starts again in 1.0 s');
  });

  const long = 'x'.repeat(300);
  const COMPONENTS = ['simulator', 'store', 'scheduler', 'monitor', 'pipeline'] as const;
  const schedulerReport = {
    controlApiUrl: '',
    wanted: 'up' as const,
    reason: long,
    override: '',
    recovery: '',
    healthScore: { score: 100, parts: [], cappedBy: [] },
    dataAgeMs: null,
    coverage: null,
    jobs: [],
    errors: 0,
    degraded: '',
  };

  test('has the health score with the reason for every point that is lost, and how current and complete the bars are', () => {
    const parts = [
      { part: 'data_freshness' as const, points: 7.5, of: 15, reason: 'the newest bar is 210 s old' },
      { part: 'performance' as const, points: 10, of: 10, reason: '' },
    ];
    const report = {
      ...schedulerReport,
      reason: 'open',
      healthScore: { score: 93, parts, cappedBy: [] },
      dataAgeMs: 210_000,
      coverage: { expected: 500, bars: 480, absences: 12, unknown: 8 },
    };
    const text = screen(status([line('scheduler', { report })]));
    expect(text).toContain('health    93 of 100: the newest bar is 210 s old (-7.5)');
    expect(text).toMatch(/bars +newest bar 3 min 30 s old, 492 of 500 minutes settled, 8 unknown/);
  });

  test.each(
    [60, 80].flatMap((columns) =>
      (['starting', 'ready', 'degraded', 'backoff', 'stopping', 'stopped', 'exited', 'fatal'] as const).map(
        (state) => [columns, state] as const,
      ),
    ),
  )('fits %d columns whatever the names and reasons, of components that are %s', (columns, state) => {
    const components = COMPONENTS.map((component) =>
      line(component, {
        state,
        reason: long,
        busyWith: long,
        pid: 4_194_304,
        upForMs: 8e9,
        readyForMs: 8e9,
        restarts: 999,
        deaths: 100,
        pssBytes: 9e9,
      }),
    );
    const lines = statusScreen(status(components, { dataDir: long }), columns).map(stripVTControlCharacters);
    for (const text of lines) expect(text.length).toBeLessThanOrEqual(columns);
    for (const component of COMPONENTS) {
      expect(lines.some((text) => new RegExp(`^${component} +up +${state} `).test(text))).toBe(true);
    }
  });

  test('five components that are well, the widest facts included, fit 24 lines', () => {
    const since = atIst('2026-02-03', '09:21:40');
    const sources = [{ group: 'share', symbols: 499, source: 'chart' as const, since, reason: 'feed down', stale: 12 }];
    const components = COMPONENTS.map((component) => {
      if (component === 'pipeline') return line(component, { report: pipelineReport({ sources }) });
      if (component === 'scheduler') return line(component, { report: schedulerReport });
      return line(component);
    });
    expect(statusScreen(status(components), 80).length).toBeLessThan(24);
  });

  test('shows the operator, recovery under way and the newest job that failed', () => {
    const job = { lastResult: 'failed' as const, nextRunAt: null, running: false };
    const report = {
      ...schedulerReport,
      override: 'stopped by asha until the next preparation',
      recovery: 'restarts the pipeline',
      jobs: [
        { ...job, name: 'universe_check', lastRunAt: atIst('2026-02-03', '08:00'), lastText: 'older' },
        { ...job, name: 'config_backup', lastRunAt: atIst('2026-02-03', '08:30'), lastText: 'the disk is full' },
        {
          ...job,
          name: 'log_cleanup',
          lastResult: 'ok' as const,
          lastRunAt: atIst('2026-02-03', '09:00'),
          lastText: '',
        },
      ],
    };
    const text = screen(status([line('scheduler', { report })]));
    expect(text).toContain('operator  stopped by asha until the next preparation');
    expect(text).toContain('recovery  restarts the pipeline');
    expect(text).toContain('job       config_backup failed at 2026-02-03 08:30 (and 1 more): the disk is fu…');
    const calm = screen(status([line('scheduler', { report: schedulerReport })]));
    expect(calm).not.toMatch(/^(operator|recovery|job)/m);
  });

  test('says what a component that serves is busy with', () => {
    const text = screen(status([line('store', { busyWith: 'seals 2026-02-02' })]));
    expect(text.split('\n').at(-1)).toBe('  busy: seals 2026-02-02');
  });

  test('passes on no control character of a reason', () => {
    const broken = line('store', { state: 'fatal', reason: 'red \u001b[31malert\r\nnext\u0007' });
    expect(screen(status([broken]))).toContain('  red  [31malert next ');
    for (const text of statusScreen(status([broken]), 80))
      expect(stripVTControlCharacters(text)).not.toMatch(/\p{Cc}/u);
  });

  test('cuts nothing where the terminal is wide', () => {
    const dataDir = `/data/${long}`;
    const text = statusScreen(status([line('store')], { dataDir }), 400).join('\n');
    expect(text).toContain(dataDir);
  });
});

test.each([
  [59_999, '59 s'],
  [60_000, '1 min 0 s'],
  [3_660_000, '1 h 1 min'],
  [90_000_000, '1 d 1 h'],
])('%d ms is shown as %s', (ms, text) => {
  expect(duration(ms)).toBe(text);
});
