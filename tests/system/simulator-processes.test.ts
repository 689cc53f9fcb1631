import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import {
  anchorNow,
  atIst,
  childMessageSchema,
  dataPaths,
  defaultConfig,
  IPC_VERSION,
  prepareDataDir,
  projectRoot,
  simulatorReportSchema,
} from '@rtp/core';
import { DAY_FILES, prepareDay, totpCode, totpStep } from '@rtp/exchange-simulator';
import { call, FeedClient, withTempDir } from '../exchange-simulator/harness.ts';

const PACKAGE = join(projectRoot, 'packages/exchange-simulator/src');

async function output(child: ChildProcess, pattern: RegExp): Promise<string> {
  let text = '';
  for await (const chunk of child.stdout as AsyncIterable<Buffer>) {
    text += chunk.toString();
    if (pattern.test(text)) return text;
  }
  throw new Error(`ended without ${pattern}: ${text}`);
}

async function exitOf(child: ChildProcess): Promise<number | null> {
  if (child.exitCode !== null) return child.exitCode;
  const [code] = await once(child, 'exit');
  return code as number | null;
}

describe('the simulator child', () => {
  test('serves the prepared day of its run folder, reports, and ends when told', async () => {
    await withTempDir(async (dir) => {
      const paths = dataPaths(dir);
      prepareDataDir(paths);
      await prepareDay({ shipped: '2025-10-21' }, paths.preparedDayDir);
      cpSync(join(paths.preparedDayDir, DAY_FILES.overlay), paths.calendarOverlayFile);
      writeFileSync(paths.resolvedConfigFile, JSON.stringify(defaultConfig()));
      writeFileSync(paths.clockAnchorFile, JSON.stringify(anchorNow(atIst('2025-10-21', '13:43'), 1)));
      const child = fork(join(PACKAGE, 'main.ts'), ['--data-dir', dir], {
        stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      });
      const [raw] = await once(child, 'message');
      const message = childMessageSchema.parse(raw);
      expect(message.type).toBe('ready');
      const report = simulatorReportSchema.parse('report' in message ? message.report : undefined);
      expect(report).toMatchObject({ tradingDate: '2025-10-21', symbols: 5, packetsSent: 0, degraded: '' });
      expect((await call(`${report.url}/__simulator/state`)).json).toMatchObject({ date: '2025-10-21', symbols: 5 });
      child.send({ v: IPC_VERSION, type: 'shutdown', reason: 'test', deadlineMs: 5_000 });
      expect(await exitOf(child)).toBe(0);
    });
  });

  test('without a prepared day says so and exits with 78', async () => {
    await withTempDir(async (dir) => {
      const paths = dataPaths(dir);
      prepareDataDir(paths);
      mkdirSync(paths.preparedDayDir);
      writeFileSync(paths.resolvedConfigFile, JSON.stringify(defaultConfig()));
      const child = fork(join(PACKAGE, 'main.ts'), ['--data-dir', dir], { stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
      let errors = '';
      child.stderr?.on('data', (chunk: Buffer) => {
        errors += chunk.toString();
      });
      expect(await exitOf(child)).toBe(78);
      expect(errors).toMatch(/^RTP_SIMULATOR_DAY_MISSING: /);
    });
  });
});

describe('the exchange on its own', () => {
  test('says how to reach it, serves a client, and leaves nothing behind when interrupted', () =>
    withTempDir(async (dir) => {
      const faults = join(dir, 'faults.json');
      writeFileSync(faults, JSON.stringify({ seed: 8, faults: [{ name: 'charts_500', from: '14:30' }] }));
      const child = spawn(
        process.execPath,
        [join(PACKAGE, 'standalone.ts'), '--shipped', '2025-10-21', '--speed', '120', '--faults', faults],
        {
          stdio: ['ignore', 'pipe', 'inherit'],
          env: { ...process.env, TMPDIR: dir },
        },
      );
      const guide = await output(child, /images\.dhan\.co.*\n/);
      const url = /Counters\s+(http:\/\/127\.0\.0\.1:\d+)\//.exec(guide)?.[1] as string;
      expect(guide).toContain('2025-10-21T13:43:00+05:30');
      for (const text of ['1000000001', '123456', 'JBSWY3DPEHPK3PXP']) expect(guide).toContain(text);
      const { json: schedule } = await call(`${url}/__simulator/faults`);
      expect(schedule).toMatchObject({ seed: 8, faults: [{ name: 'charts_500', from: '14:30' }] });
      const { json: state } = await call(`${url}/__simulator/state`);
      const totp = totpCode('JBSWY3DPEHPK3PXP', totpStep(state.marketTime));
      const minted = await call(`${url}/app/generateAccessToken?dhanClientId=1000000001&pin=123456&totp=${totp}`, {
        method: 'POST',
      });
      const feed = await FeedClient.open(url, minted.json.accessToken);
      feed.subscribe(17, [{ segment: 'NSE_EQ', securityId: 2885 }]);
      await feed.until(() => feed.packets.length > 30);
      expect(feed.packets.at(-1)).toMatchObject({ code: 4, securityId: 2885 });
      child.kill('SIGINT');
      expect(await exitOf(child)).toBe(0);
      await feed.closed;
      expect(readdirSync(dir)).toEqual(['faults.json']);
    }));

  test('refuses arguments it does not know, with 64', async () => {
    const child = spawn(process.execPath, [join(PACKAGE, 'standalone.ts'), '--generate', '5', '--speed', '0'], {
      stdio: 'ignore',
    });
    expect(await exitOf(child)).toBe(64);
  });

  test('refuses a schedule of faults that is wrong, with 78 and the field', () =>
    withTempDir(async (dir) => {
      const file = join(dir, 'faults.json');
      writeFileSync(file, '{ "faults": [{ "name": "feed_lag", "lagMs": 0 }] }');
      const child = spawn(process.execPath, [join(PACKAGE, 'standalone.ts'), '--generate', '5', '--faults', file], {
        stdio: ['ignore', 'ignore', 'pipe'],
      });
      let errors = '';
      child.stderr.on('data', (chunk: Buffer) => {
        errors += chunk.toString();
      });
      expect(await exitOf(child)).toBe(78);
      expect(errors).toMatch(/^RTP_SIMULATOR_FAULTS_INVALID: faults\.0\.lagMs: 0 is not accepted/);
    }));
});
