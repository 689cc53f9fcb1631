import { describe, expect, test } from '@jest/globals';
import type { ComponentStatus } from '@rtp/core';
import { type HealthInputs, systemHealth } from '@rtp/scheduler';
import { line, pipelineReport, snapshot } from './support/snapshots.ts';

const healthOf = (components: readonly ComponentStatus[] | null, over: Partial<HealthInputs> = {}) =>
  systemHealth({
    system: components && snapshot(0, components),
    snapshotAgeMs: 500,
    snapshotTimeoutMs: 10_000,
    dataAgeMs: 30_000,
    staleAfterMs: 300_000,
    isStopping: false,
    ...over,
  });

const allReady = [line('store'), line('scheduler'), line('monitor'), line('pipeline')];
const with_ = (changed: ComponentStatus) =>
  allReady.map((ready) => (ready.component === changed.component ? changed : ready));

describe('health', () => {
  test('is healthy when every wanted component is ready and the data is fresh', () => {
    expect(healthOf(allReady)).toEqual({ status: 'healthy', reasons: [] });
  });

  test('is not vouched for before the manager has spoken, nor after it has fallen silent', () => {
    expect(healthOf(null).status).toBe('starting');
    expect(healthOf(allReady, { snapshotAgeMs: 10_001 })).toEqual({
      status: 'failed',
      reasons: ['No word from the system manager for 10 s'],
    });
  });

  test('a pipeline that the calendar wants down is no fault', () => {
    const stopped = line('pipeline', { state: 'stopped', wanted: 'down', pid: null });
    expect(healthOf(with_(stopped), { dataAgeMs: 9_000_000 }).status).toBe('healthy');
  });

  test.each(['stopped', 'stopping', 'backoff', 'fatal'] as const)(
    'a wanted pipeline that is %s is a failure',
    (state) => {
      const health = healthOf(with_(line('pipeline', { state, reason: 'exit 75' })));
      expect(health).toEqual({ status: 'failed', reasons: [`pipeline is ${state}: exit 75`] });
    },
  );

  test("the monitor's failure only degrades", () => {
    expect(healthOf(with_(line('monitor', { state: 'fatal', lastExit: 'signal 9' })))).toEqual({
      status: 'degraded',
      reasons: ['monitor is fatal: signal 9'],
    });
  });

  test("a component's own degraded condition is passed on in its words", () => {
    const report = pipelineReport({ degraded: 'the feed is refused, charts carry the day' });
    expect(healthOf(with_(line('pipeline', { report })))).toEqual({
      status: 'degraded',
      reasons: ['pipeline: the feed is refused, charts carry the day'],
    });
  });

  test('old data in session degrades, with its age', () => {
    expect(healthOf(allReady, { dataAgeMs: 300_000 }).status).toBe('healthy');
    expect(healthOf(allReady, { dataAgeMs: 301_000 })).toEqual({
      status: 'degraded',
      reasons: ['The newest bar is 301 s old'],
    });
  });

  test('the worst reason comes first and decides', () => {
    const components = [
      line('store', { state: 'backoff', reason: 'killed' }),
      line('pipeline', { state: 'starting' }),
      line('monitor', { report: { degraded: 'disk full' } }),
    ];
    expect(healthOf(components)).toEqual({
      status: 'failed',
      reasons: ['store is backoff: killed', 'monitor: disk full', 'pipeline is starting'],
    });
  });

  test('a system on its way out says so', () => {
    expect(healthOf(allReady, { isStopping: true }).status).toBe('stopped');
  });
});
