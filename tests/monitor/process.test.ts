import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { dataPaths, type MonitorReport, metricsFile, monitorReportSchema, readSamples } from '@rtp/core';
import { prepareRun, type SpawnedChild, spawnChild } from '../scheduler/support/child.ts';
import { component, ist, pipeline, system } from './support/system.ts';

const NOW = ist('2025-09-04 10:00');
let dataDir: string;
const children: SpawnedChild[] = [];

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'rtp-monitor-process-'));
});
afterEach(async () => {
  for (const child of children.splice(0)) {
    child.process.kill('SIGKILL');
    await child.exited;
  }
  await rm(dataDir, { recursive: true, force: true });
});

/** Starts a monitor, gives it one snapshot and waits until it has recorded something. */
async function startAndRecord(): Promise<SpawnedChild> {
  const monitor = spawnChild('monitor', dataDir);
  children.push(monitor);
  await monitor.message(({ type }) => type === 'ready');
  const snapshot = system(NOW, [component('pipeline', { report: pipeline({ lastDataUpdate: NOW - 60_000 }) })]);
  monitor.push({ ...snapshot, managerPid: process.pid });
  await monitor.message(({ type, report }) => type === 'heartbeat' && (report as MonitorReport).samples > 0);
  return monitor;
}

test('the monitor records at its interval, survives kill -9 with its history, and stops when told', async () => {
  prepareRun(dataDir, NOW, {
    monitor: { sample_interval_ms: 100 },
    supervision: { heartbeat_interval_ms: 50 },
  });
  const killed = await startAndRecord();
  killed.process.kill('SIGKILL');
  await killed.exited;
  const file = metricsFile(dataPaths(dataDir).metricsDir, '2025-09-04');
  const before = (await readSamples(file)).samples.length;

  const monitor = await startAndRecord();
  monitor.shutdown();
  expect(await monitor.exited).toMatchObject({ code: 0, stderr: '' });
  const { samples } = await readSamples(file);
  expect(samples.length).toBeGreaterThan(before);
  expect(samples.at(-1)?.components['system-manager']?.pss_bytes).toBeGreaterThan(1_000_000);
  const reports = monitor.messages.filter(({ type }) => type === 'heartbeat').map(({ report }) => report);
  expect(monitorReportSchema.parse(reports.at(-1))).toMatchObject({ errors: 0, degraded: '' });
});
