import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, test } from '@jest/globals';
import { configSchema, dataPaths } from '@rtp/core';
import { cleanUp, eventually, isAlive, newDataDir, pidOf, rtp, rtpDone } from './support/rtp.ts';

const dir = mkdtempSync(join(tmpdir(), 'rtp-recovery-'));
let dataDir = '';
afterEach(async () => void (await rtp(['stop'], dataDir)));
afterAll(async () => {
  await cleanUp();
  rmSync(dir, { recursive: true, force: true });
});

/** A market whose broker goes dead at 10:07, the feed's sockets but not new ones, with limits that suit a test. */
function configFile(): string {
  const file = join(dir, 'config.json');
  const down = { from: '10:07', to: '15:00' };
  const content = {
    source: 'simulator',
    simulator: {
      symbols: 10,
      date: '2026-11-20',
      faults: [
        { name: 'feed_half_open', ...down },
        { name: 'quotes_500', ...down },
        { name: 'charts_500', ...down },
      ],
    },
    // The pipeline itself does not notice: it is the scheduler's turn.
    pipeline: { index_symbols: [], feed_stall_ms: 7_200_000, feed_class_stall_ms: 7_200_000 },
    recovery: {
      stale_after_ms: 90_000,
      stale_floor_ms: 500,
      notice_ms: 1_000,
      notice_floor_ms: 100,
      settle_ms: 30_000,
      settle_floor_ms: 100,
      reconnect_wait_ms: 600_000,
      healthy_for_ms: 30_000,
      healthy_for_floor_ms: 100,
    },
    supervision: {
      heartbeat_interval_ms: 200,
      missed_heartbeats: 10,
      status_interval_ms: 200,
      term_timeout_ms: 500,
      stop_timeout_ms: 1_500,
    },
    data_api: { port: 0 },
    control_api: { port: 0 },
  };
  writeFileSync(file, JSON.stringify(content));
  return file;
}

interface Status {
  readonly scheduler: {
    readonly recovery: {
      readonly text: string;
      readonly episodes: readonly {
        readonly end: string | null;
        readonly duration_seconds: number;
        readonly signals: readonly string[];
        readonly steps: readonly { readonly step: string; readonly answer: string }[];
      }[];
    };
  };
  readonly pipeline: { readonly state: string; readonly stats: { readonly last_data_update: string | null } };
}

async function status(): Promise<Status> {
  const config = configSchema.parse(JSON.parse(readFileSync(dataPaths(dataDir).resolvedConfigFile, 'utf8')));
  const answer = await fetch(`http://127.0.0.1:${config.control_api.port}/status`);
  return (await answer.json()) as Status;
}

/** Newest bar, as `10:07`. */
const newest = async (): Promise<string> => (await status()).pipeline.stats.last_data_update?.slice(11, 16) ?? '';

describe('recovery', () => {
  test('connects a dead feed anew and records how long it took; a frozen pipeline is replaced', async () => {
    dataDir = newDataDir();
    const args = ['start', '--detach', '--no-monitor', '--from', '10:04', '--speed', '60', '--config', configFile()];
    await rtpDone(args, dataDir);
    let pid = 0;
    await eventually('the pipeline runs', () => {
      pid = pidOf(dataDir, 'pipeline') ?? 0;
      return pid > 0;
    });
    await eventually(
      'the feed is dead and recovery at it',
      async () => (await status()).scheduler.recovery.text !== '',
    );
    await eventually('recovered', async () => (await status()).scheduler.recovery.episodes[0]?.end === 'recovered');
    const [episode, ...more] = (await status()).scheduler.recovery.episodes;
    expect(more).toEqual([]);
    expect(episode).toMatchObject({
      signals: expect.arrayContaining([expect.stringMatching(/the newest bar is \d+ s old/)]),
      steps: [{ step: 'reconnect-source', answer: 'the feed is connected anew' }],
    });
    expect(episode?.duration_seconds).toBeGreaterThan(0);
    expect(pidOf(dataDir, 'pipeline')).toBe(pid);

    const before = await newest();
    process.kill(pid, 'SIGSTOP');
    await eventually('the frozen process is gone', () => !isAlive(pid));
    await eventually(
      'another brings bars',
      async () => (await newest()) > before && pidOf(dataDir, 'pipeline') !== pid,
    );
    await eventually('it serves', async () => /ready|degraded/.test((await status()).pipeline.state));
  }, 60_000);
});
