import { describe, expect, test } from '@jest/globals';
import { emptyPipelineMemory, rememberPipeline, type StatusInputs, statusView } from '@rtp/scheduler';
import { calendar, ist, line, pipelineReport, snapshot, storeReport } from './support/snapshots.ts';

const NOW = ist('2025-09-04 10:00:12');

const BUDGET = {
  cap: 7_000,
  used: 679,
  left: 6_321,
  reserved: 1_200,
  queued: 4,
  perSecond: 1.5,
  pausedUntil: ist('2025-09-04 10:01'),
  runsOutAt: ist('2025-09-04 14:10'),
};

function inputs(over: Partial<StatusInputs> = {}): StatusInputs {
  return {
    version: '1.2.3',
    now: NOW,
    calendar,
    system: null,
    memory: emptyPipelineMemory,
    wish: {
      wanted: 'up',
      reason: 'open',
      actor: 'calendar',
      until: ist('2025-09-04 15:30'),
      degraded: '',
      makesRoom: false,
    },
    wantedSince: ist('2025-09-04 08:30'),
    scheduler: {
      controlApiUrl: 'http://127.0.0.1:8001',
      override: null,
      recovery: { text: '', episodes: [] },
      jobs: [],
      errors: 0,
      degraded: '',
    },
    health: { status: 'healthy', reasons: [] },
    score: { score: 100, parts: [], cappedBy: [] },
    dataAgeMs: 12_400,
    chartCallsPerDay: 7_000,
    coverage: null,
    coverageError: '',
    ...over,
  };
}

describe('the status answer', () => {
  test('has the promised paths before anything has been heard', () => {
    const view = JSON.parse(JSON.stringify(statusView(inputs({ health: { status: 'starting', reasons: ['x'] } }))));
    expect(view.market).toEqual({
      date: '2025-09-04',
      phase: 'open',
      label: 'regular session',
      now: '2025-09-04T10:00:12+05:30',
      next_open: '2025-09-05T09:15:00+05:30',
      next_close: '2025-09-04T15:30:00+05:30',
    });
    expect(view.scheduler.health_status).toBe('starting');
    expect(view.pipeline.stats).toMatchObject({ errors: 0, last_data_update: null });
    expect(view.components).toEqual([]);
  });

  test('carries what the components report', () => {
    const report = pipelineReport({
      errors: 3,
      lastDataUpdate: ist('2025-09-04 09:58'),
      source: 'chart',
      sourceReason: 'the feed is refused',
      sources: [
        {
          group: 'share',
          symbols: 500,
          source: 'chart',
          since: ist('2025-09-04 09:19'),
          reason: 'the feed is refused',
          stale: 7,
        },
      ],
      tokenExpiresAt: ist('2025-09-05 08:00'),
      tokenWarning: 'made by hand',
      leaseHeldBy: 'pid 9',
      clockSkewMs: -1_200,
      universeWarnings: ['ZOMATO is now called ETERNAL'],
      chartCallsLeft: 6_321,
      budget: BUDGET,
      backfill: {
        id: '0a1b2c3d',
        state: 'running',
        from: '2025-07-01',
        to: '2025-09-03',
        symbols: 500,
        callsDone: 120,
        callsTotal: 500,
        daysDone: 0,
        daysTotal: 45,
        endsAt: ist('2025-09-04 10:04'),
        note: '',
      },
    });
    const system = snapshot(NOW, [
      line('store', { report: storeReport({ lastCommitSeq: 44, openDates: ['2025-09-04'] }) }),
      line('pipeline', { pid: 77, restarts: 2, report }),
    ]);
    const memory = rememberPipeline(emptyPipelineMemory, system, ist('2025-09-04 09:20'));
    const coverage = {
      date: '2025-09-04',
      state: 'open',
      expected: 375,
      bars: 40,
      absences: 4,
      unknown: 1,
      pending: 330,
      complete: false,
      byReason: { no_trades: 4, broker_lag: 1 },
    } as const;
    const view = JSON.parse(JSON.stringify(statusView(inputs({ system, memory, coverage }))));
    expect(view.pipeline).toMatchObject({
      state: 'ready',
      pid: 77,
      restarts: 2,
      phase: 'session',
      source: { live: 'chart', reason: 'the feed is refused', since: '2025-09-04T09:20:00+05:30' },
      sources: [
        {
          group: 'share',
          symbols: 500,
          source: 'chart',
          since: '2025-09-04T09:19:00+05:30',
          reason: 'the feed is refused',
          stale: 7,
        },
      ],
      token: { expires_at: '2025-09-05T08:00:00+05:30', expires_in_seconds: 79_188, warning: 'made by hand' },
      lease: { held_by: 'pid 9' },
      clock_skew_ms: -1_200,
      universe: { symbols: 500, warnings: ['ZOMATO is now called ETERNAL'] },
      backfill: {
        id: '0a1b2c3d',
        state: 'running',
        from: '2025-07-01',
        to: '2025-09-03',
        symbols: 500,
        calls: { done: 120, total: 500 },
        days: { done: 0, total: 45 },
        ends_at: '2025-09-04T10:04:00+05:30',
        note: '',
      },
      stats: { errors: 3, last_data_update: '2025-09-04T09:58:00+05:30', data_age_seconds: 12 },
    });
    expect(view.pipeline.budget).toEqual({
      cap: 7_000,
      used: 679,
      left: 6_321,
      reserved: 1_200,
      queued: 4,
      per_second: 1.5,
      paused_until: '2025-09-04T10:01:00+05:30',
      runs_out_at: '2025-09-04T14:10:00+05:30',
      chart_calls_left: 6_321,
      chart_calls_per_day: 7_000,
    });
    expect(view.store).toMatchObject({ last_commit_seq: 44, open_dates: ['2025-09-04'] });
    expect(view.coverage).toEqual(coverage);
    expect(view.components.map((component: { name: string }) => component.name)).toEqual(['store', 'pipeline']);
  });

  test('keeps the last figures of a pipeline that has stopped, and says that it does not run', () => {
    const report = pipelineReport({
      errors: 3,
      sealed: true,
      budget: BUDGET,
      leaseHeldBy: 'pid 9',
      tokenWarning: 'made by hand',
    });
    const up = snapshot(NOW, [line('pipeline', { report })]);
    const down = snapshot(NOW, [line('pipeline', { state: 'stopped', wanted: 'down', pid: null })]);
    const memory = rememberPipeline(rememberPipeline(emptyPipelineMemory, up, NOW), down, NOW);
    const view = JSON.parse(JSON.stringify(statusView(inputs({ system: down, memory }))));
    expect(view.pipeline).toMatchObject({
      state: 'stopped',
      phase: null,
      sealed: true,
      source: { live: 'none', reason: 'the pipeline does not run' },
      sources: [],
      token: { warning: '' },
      lease: { held_by: null },
      budget: { used: 679, left: 6_321, queued: 0, per_second: null, paused_until: null, runs_out_at: null },
      stats: { errors: 3 },
    });
  });

  test('a day of unknown times still has a status', () => {
    const view = JSON.parse(JSON.stringify(statusView(inputs({ now: ist('2026-11-08 18:00') }))));
    expect(view.market).toMatchObject({ phase: 'closed_day', label: expect.stringContaining('times unknown') });
  });
});
