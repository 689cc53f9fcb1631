import { writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { dataPaths, type SchedulerReport, schedulerReportSchema } from '@rtp/core';
import { prepareRun, type SpawnedChild, spawnChild } from '../scheduler/support/child.ts';
import { ist, line, pipelineReport, snapshot, storeReport } from '../scheduler/support/snapshots.ts';

const NOW = ist('2025-09-04 10:00');
let dataDir: string;
let child: SpawnedChild | undefined;

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'rtp-scheduler-'));
});
afterEach(async () => {
  child?.process.kill('SIGKILL');
  await child?.exited;
  child = undefined;
  await rm(dataDir, { recursive: true, force: true });
});

function start(port: number, now = NOW, config: Record<string, unknown> = {}): SpawnedChild {
  prepareRun(dataDir, now, { control_api: { port }, ...config });
  child = spawnChild('scheduler', dataDir);
  return child;
}

const readyReport = async (scheduler: SpawnedChild): Promise<SchedulerReport> => {
  const { report } = await scheduler.message(({ type }) => type === 'ready');
  return schedulerReportSchema.parse(report);
};

describe('the scheduler process', () => {
  test('serves on a free port, wants the pipeline up in session, reports, and stops when told', async () => {
    const scheduler = start(0);
    const { controlApiUrl, wanted } = await readyReport(scheduler);
    expect(controlApiUrl).toMatch(/^http:\/\/127\.0\.0\.1:[1-9]\d+$/);
    expect(wanted).toBe('down');
    expect((await fetch(`${controlApiUrl}/health`)).status).toBe(503);

    const store = line('store', { report: storeReport() });
    const pipeline = line('pipeline', { state: 'stopped', wanted: 'down', pid: null });
    scheduler.push(snapshot(NOW, [store, pipeline]));
    expect(await scheduler.message(({ type }) => type === 'want')).toMatchObject({
      component: 'pipeline',
      wanted: 'up',
      reason: 'regular session: open until 15:30',
    });

    const report = pipelineReport({ errors: 1, lastDataUpdate: NOW - 60_000 });
    scheduler.push(snapshot(NOW, [store, line('scheduler'), line('pipeline', { report })]));
    const status = JSON.parse(await (await fetch(`${controlApiUrl}/status`)).text());
    expect(status.market.date).toBe('2025-09-04');
    expect(status.scheduler.control_api_url).toBe(controlApiUrl);
    expect(status.pipeline.stats).toMatchObject({ errors: 1, last_data_update: '2025-09-04T09:59:00+05:30' });
    expect(status.coverage).toBeNull();
    expect(status.coverage_error).toContain('RTP_STORE_UNREACHABLE');
    expect(status.scheduler.degraded).toContain('RTP_STORE_UNREACHABLE');

    scheduler.shutdown();
    expect(await scheduler.exited).toMatchObject({ code: 0, stderr: '' });
  });

  test("keeps an operator's stop of before it was started, and reports it", async () => {
    const scheduler = start(0);
    const kept = { version: 1, wanted: 'down', since: NOW - 60_000, until: ist('2025-09-05 08:30'), by: 'control api' };
    writeFileSync(dataPaths(dataDir).operatorFile, JSON.stringify(kept));
    const { controlApiUrl, override } = await readyReport(scheduler);
    expect(override).toContain('stopped by control api on 2025-09-04 at 09:59');
    scheduler.push(
      snapshot(NOW, [line('store', { report: storeReport() }), line('pipeline', { report: pipelineReport() })]),
    );
    expect(await scheduler.message(({ type }) => type === 'want')).toMatchObject({
      component: 'pipeline',
      wanted: 'down',
      actor: 'operator',
    });
    const status = JSON.parse(await (await fetch(`${controlApiUrl}/status`)).text());
    expect(status.scheduler.override).toEqual({
      wanted: 'down',
      since: '2025-09-04T09:59:00+05:30',
      until: '2025-09-05T08:30:00+05:30',
      by: 'control api',
    });
  });

  test('asks the manager to have the source reconnected when data grows old, and reports what it does', async () => {
    const now = { notice_ms: 0, notice_floor_ms: 0, settle_ms: 0, settle_floor_ms: 0 };
    const scheduler = start(0, NOW, { recovery: now });
    const { controlApiUrl } = await readyReport(scheduler);
    const report = pipelineReport({ lastDataUpdate: NOW - 600_000, tokenExpiresAt: NOW + 3_600_000 });
    const old = snapshot(NOW, [line('store', { report: storeReport() }), line('pipeline', { report })]);
    scheduler.push(old);
    const asked = await scheduler.message(({ type }) => type === 'request');
    expect(asked).toMatchObject({ component: 'pipeline', what: { name: 'reconnect-source' }, actor: 'health' });
    scheduler.process.send({ v: 1, type: 'answer', id: asked.id, ok: true, text: 'the feed is connected anew' });
    scheduler.push(old);
    const { recovery } = JSON.parse(await (await fetch(`${controlApiUrl}/status`)).text()).scheduler;
    expect(recovery.text).toMatch(/^the newest bar is \d+ s old; source reconnected at 10:00:\d\d$/);
    expect(recovery.episodes).toMatchObject([{ end: null, steps: [{ step: 'reconnect-source' }] }]);
  });

  test('ends with 78 and names the holder when its port is taken', async () => {
    const holder = createServer();
    await new Promise<void>((resolve) => holder.listen(0, '127.0.0.1', resolve));
    const scheduler = start((holder.address() as AddressInfo).port);
    const { code, stderr } = await scheduler.exited;
    await new Promise((resolve) => holder.close(resolve));
    expect(code).toBe(78);
    expect(stderr).toContain('RTP_PORT_IN_USE');
    expect(stderr).toContain(`process ${process.pid} (`);
  });

  test('is gone soon after its manager', async () => {
    const scheduler = start(0);
    await readyReport(scheduler);
    scheduler.process.disconnect();
    expect((await scheduler.exited).code).toBe(0);
  });
});
