import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, test } from '@jest/globals';
import { configSchema, dataPaths } from '@rtp/core';
import { cleanUp, eventually, newDataDir, rtp, rtpDone } from './support/rtp.ts';

const dir = mkdtempSync(join(tmpdir(), 'rtp-data-plan-'));
let dataDir = '';
afterEach(async () => void (await rtp(['stop'], dataDir)));
afterAll(async () => {
  await cleanUp();
  rmSync(dir, { recursive: true, force: true });
});

/** The broker denies the data plan from 10:02 to 10:09; it is asked again every five minutes. */
function configFile(): string {
  const file = join(dir, 'config.json');
  const content = {
    source: 'simulator',
    simulator: {
      symbols: 5,
      date: '2026-11-20',
      faults: [{ name: 'data_plan_lapsed', from: '10:02', to: '10:09' }],
    },
    broker: { no_plan_retry_ms: 300_000 },
    pipeline: { index_symbols: [] },
    supervision: { heartbeat_interval_ms: 200, missed_heartbeats: 10, status_interval_ms: 200 },
    data_api: { port: 0 },
    control_api: { port: 0, rate_limit_per_minute: 10_000 },
  };
  writeFileSync(file, JSON.stringify(content));
  return file;
}

interface Status {
  readonly pipeline: {
    readonly data_plan: { readonly denied_since: string | null };
    readonly stats: { readonly last_data_update: string | null };
  };
}

const configOf = () => configSchema.parse(JSON.parse(readFileSync(dataPaths(dataDir).resolvedConfigFile, 'utf8')));

const url = (path: string): string => `http://127.0.0.1:${configOf().control_api.port}${path}`;

const status = async (): Promise<Status> => (await (await fetch(url('/status'))).json()) as Status;

async function tokensMinted(): Promise<number> {
  const answer = await fetch(new URL('/__simulator/state', configOf().broker.rest_url));
  return ((await answer.json()) as { tokensMinted: number }).tokensMinted;
}

/** Follows the live events; what it has heard of alerts. */
function hearAlerts(): { readonly alerts: Record<string, unknown>[]; readonly stop: () => Promise<void> } {
  const alerts: Record<string, unknown>[] = [];
  const ending = new AbortController();
  const listen = async (): Promise<void> => {
    const { body } = await fetch(url('/events'), { signal: ending.signal });
    const text = body?.pipeThrough(new TextDecoderStream());
    let rest = '';
    for await (const chunk of text as unknown as AsyncIterable<string>) {
      const events = `${rest}${chunk}`.split('\n\n');
      rest = events.pop() ?? '';
      for (const event of events) {
        if (event.includes('event: alert')) alerts.push(JSON.parse(/^data: (.*)$/m.exec(event)?.[1] ?? ''));
      }
    }
  };
  const listening = listen().catch(() => {});
  return {
    alerts,
    stop: () => {
      ending.abort();
      return listening;
    },
  };
}

describe('a data plan that the broker denies', () => {
  test('is one alert, live and in the logs; no token is minted for it, and minutes come again after it', async () => {
    dataDir = newDataDir();
    const args = ['start', '--detach', '--from', '10:00', '--speed', '240', '--config', configFile()];
    await rtpDone(args, dataDir);
    const { alerts, stop } = hearAlerts();
    const deniedSince = async (): Promise<string | null> => (await status()).pipeline.data_plan.denied_since;
    await eventually('the plan is denied', async () => (await deniedSince()) !== null);
    expect(await deniedSince()).toMatch(/^2026-11-20T10:0[2-4]/);
    const minted = await tokensMinted();
    await eventually('the plan is honoured again', async () => (await deniedSince()) === null);
    await eventually('bars come again', async () => {
      return ((await status()).pipeline.stats.last_data_update?.slice(11, 16) ?? '') > '10:09';
    });
    await stop();
    expect(alerts).toEqual([expect.objectContaining({ kind: 'data-plan-denied', component: 'pipeline' })]);
    expect(await tokensMinted()).toBe(minted);
    const { logsDir } = dataPaths(dataDir);
    for (const [name, words] of [
      ['system_manager', '"alert":"data-plan-denied"'],
      ['pipeline_monitor', 'ALERT: the broker denies the account'],
    ] as const) {
      const lines = readFileSync(join(logsDir, `${name}.log`), 'utf8').split('\n');
      expect(lines.filter((line) => line.includes(words))).toHaveLength(1);
    }
  }, 60_000);
});
