import { describe, expect, test } from '@jest/globals';
import { sampleSchema } from '@rtp/core';
import { type SampleInputs, takeSample } from '@rtp/monitor';
import { calendar, component, coverageOf, ist, pipeline, store, system } from './support/system.ts';

function sampleAt(time: string, over: Partial<SampleInputs> = {}) {
  const now = ist(time);
  const sample = takeSample({
    now,
    wallClockMs: 1_700_000_000_000,
    session: calendar.sessionAt(now),
    system: system(now, [
      component('simulator', { rssBytes: 1_000, pssBytes: 1_000, cpuSeconds: 100, restarts: 5 }),
      component('store', { report: store() }),
      component('pipeline', { report: pipeline(), restarts: 2 }),
    ]),
    coverage: coverageOf('2025-09-04'),
    newestBar: ist('2025-09-04 10:00'),
    managerUsage: { rssBytes: 90, pssBytes: 50, cpuSeconds: 0.5 },
    ...over,
  });
  expect(sampleSchema.parse(JSON.parse(JSON.stringify(sample)))).toEqual(sample);
  return sample;
}

describe('a sample', () => {
  test('says when it was taken, by the market and by the host', () => {
    expect(sampleAt('2025-09-04 10:01:30')).toMatchObject({
      v: 1,
      ts: ist('2025-09-04 10:01:30'),
      time_ist: '2025-09-04T10:01:30+05:30',
      wall_ts: 1_700_000_000_000,
      speed: 60,
      source: 'simulator',
      market: { date: '2025-09-04', phase: 'open' },
    });
  });

  test('carries lag, coverage, commits and counters as the components report them', () => {
    expect(sampleAt('2025-09-04 10:01:30')).toMatchObject({
      lag: {
        seal_to_ack_p50_ms: 80,
        seal_to_ack_p99_ms: 140.5,
        feed_p95_ms: 310,
        grace_ms: 2_000,
        commit_p99_ms: 45,
        publish_p99_ms: 30,
      },
      coverage: { state: 'open', expected: 180_000, bars: 20_000, absences: 1_500, unknown: 7, pending: 158_493 },
      store: { commit_seq: 91, published_seq: 90, duplicates: 3, open_dates: ['2025-09-04'] },
      pipeline: { phase: 'session', live_source: 'feed', minutes_sealed: 45, rate_limited: 1, chart_calls_left: 6_100 },
    });
  });

  test('adds up every process but the simulator, the system manager included', () => {
    const { totals, components } = sampleAt('2025-09-04 10:01:30');
    expect(totals).toEqual({ rss_bytes: 290, pss_bytes: 170, cpu_seconds: 3.5, errors: 3, restarts: 2 });
    expect(components['system-manager']).toMatchObject({ pid: 3_999, pss_bytes: 50 });
    expect(components.simulator).toMatchObject({ pss_bytes: 1_000, restarts: 5 });
    expect(components.pipeline).toMatchObject({ errors: 2, loop_lag_ms: 3, state: 'ready' });
  });

  test('leaves out what nobody has said', () => {
    const silent = system(0, [
      component('pipeline', { state: 'starting', rssBytes: null, pssBytes: null, cpuSeconds: null }),
    ]);
    const sample = sampleAt('2025-09-04 10:01:30', { system: silent, coverage: null, managerUsage: null });
    expect(sample).toMatchObject({ pipeline: null, store: null, coverage: null });
    expect(sample.totals).toEqual({ rss_bytes: null, pss_bytes: null, cpu_seconds: null, errors: 0, restarts: 0 });
    expect(sample.lag.seal_to_ack_p99_ms).toBeNull();
    expect(sample.components.pipeline).toMatchObject({ errors: null, degraded: '' });
  });

  test('a report that is not of its schema counts as none', () => {
    const broken = system(0, [component('pipeline', { report: { phase: 'holiday' } })]);
    expect(sampleAt('2025-09-04 10:01:30', { system: broken }).pipeline).toBeNull();
  });
});

describe('freshness', () => {
  test('is the market time since the newest bar ended', () => {
    expect(sampleAt('2025-09-04 10:01:30').freshness_s).toBe(30);
    expect(sampleAt('2025-09-04 10:09').freshness_s).toBe(480);
  });

  test('counts from the open while the day has no bar', () => {
    expect(sampleAt('2025-09-04 09:15:40', { newestBar: null }).freshness_s).toBe(40);
    expect(sampleAt('2025-09-04 09:15:40', { newestBar: ist('2025-09-03 15:29') }).freshness_s).toBe(40);
  });

  test('counts from the second opening of a day with two windows', () => {
    const sample = sampleAt('2024-03-02 11:31', { coverage: null, newestBar: ist('2024-03-02 09:59') });
    expect(sample.freshness_s).toBe(60);
  });

  test.each([
    ['before the open', '2025-09-04 09:00'],
    ['after the close', '2025-09-04 15:31'],
    ['between two windows', '2024-03-02 10:30'],
    ['on a holiday', '2025-08-27 11:00'],
    ['on a weekend', '2025-09-06 11:00'],
  ])('is null %s', (_name, time) => {
    expect(sampleAt(time, { newestBar: null }).freshness_s).toBeNull();
  });

  test('is null while the closing auction leaves nothing to expect', () => {
    const newestBar = ist('2026-08-05 15:14');
    const quiet = coverageOf('2026-08-05', { pending: 0 });
    expect(sampleAt('2026-08-05 15:25', { newestBar, coverage: quiet }).freshness_s).toBeNull();
    const others = coverageOf('2026-08-05', { pending: 1_000 });
    expect(sampleAt('2026-08-05 15:25', { newestBar, coverage: others }).freshness_s).toBe(600);
  });

  test('is measured while nothing is registered to be expected', () => {
    const empty = coverageOf('2025-09-04', { expected: 0, pending: 0 });
    expect(sampleAt('2025-09-04 10:01:30', { coverage: empty }).freshness_s).toBe(30);
  });
});
