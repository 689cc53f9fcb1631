import { existsSync, readFileSync } from 'node:fs';
import { afterEach, describe, expect, jest, test } from '@jest/globals';
import { atIst, dataPaths, MINUTE_MS } from '@rtp/core';
import type { StartOptions } from '@rtp/system-manager';
import { startSystem } from '@rtp/system-manager';
import { bareEnvironment } from '../lib/bare-environment.ts';
import { fixture } from './support/children.ts';
import { endSystems, fixtureOptions, startFixtures, temporaryDir } from './support/systems.ts';

// Processes are slow to start on a busy machine; nothing here waits for a fixed time.
jest.setTimeout(60_000);
afterEach(endSystems);

const DATE = '2026-11-20';

const generated = (symbols: number, simulation: StartOptions['simulation'] = {}): StartOptions => ({
  flags: { source: 'simulator', simulator: { bars: null, symbols, seed: 7, date: DATE, port: 0 } },
  simulation: { speed: 60, ...simulation },
  programs: Object.fromEntries(
    ['simulator', 'store', 'scheduler', 'monitor', 'pipeline'].map((name) => [
      name,
      { file: fixture('ready-then-idle') },
    ]),
  ),
  env: bareEnvironment(),
});

describe('a system on a simulated day', () => {
  test('points the broker at the simulator, tracks the day and needs no credentials', async () => {
    const dir = temporaryDir();
    const { config, day } = await startFixtures(dir, {}, generated(3));
    const { port } = config.simulator;
    expect(config.broker).toMatchObject({
      rest_url: `http://127.0.0.1:${port}/v2`,
      auth_url: `http://127.0.0.1:${port}`,
      feed_url: `ws://127.0.0.1:${port}`,
      scrip_master_url: `http://127.0.0.1:${port}/api-data/api-scrip-master-detailed.csv`,
    });
    expect(new Set([port, config.data_api.port, config.control_api.port]).size).toBe(3);
    expect(day).toMatchObject({ date: DATE, kind: 'generated', symbols: 3 });
    expect(readFileSync(config.pipeline.universe_file, 'utf8').trim().split('\n')).toHaveLength(4);
  });

  test('holds the market still until everything serves, then lets it go from before the open', async () => {
    const dir = temporaryDir();
    const begin = atIst(DATE, '09:15') - 5 * MINUTE_MS;
    const anchors: { marketOriginMs: number; held?: boolean }[] = [];
    const options = fixtureOptions(dir, {}, generated(3));
    const system = await startSystem({
      ...options,
      onNotice: () => {
        const file = dataPaths(dir).clockAnchorFile;
        if (existsSync(file)) anchors.push(JSON.parse(readFileSync(file, 'utf8')));
      },
    });
    expect(anchors.length).toBeGreaterThan(0);
    for (const anchor of anchors) expect(anchor).toMatchObject({ marketOriginMs: begin, held: true });
    const released = JSON.parse(readFileSync(system.paths.clockAnchorFile, 'utf8'));
    expect(released).toMatchObject({ marketOriginMs: begin, speed: 60 });
    expect(released.held).toBeUndefined();
    await system.waitUntil((status) => status.at > begin);
    await system.stop('test');
  });

  test('changes its speed without time running backwards', async () => {
    const system = await startFixtures(temporaryDir(), {}, generated(3));
    const before = system.clock.now();
    system.setSpeed(48, 'a test asks for it');
    expect(system.clock.now()).toBeGreaterThanOrEqual(before);
    expect(system.status().speed).toBe(48);
    const written = JSON.parse(readFileSync(system.paths.clockAnchorFile, 'utf8'));
    expect(written.speed).toBe(48);
  });

  test('goes on where it was left, never earlier', async () => {
    const dir = temporaryDir();
    const first = await startFixtures(dir, {}, generated(3, { startAt: atIst(DATE, '11:00') }));
    await first.waitUntil((status) => status.at > atIst(DATE, '11:00:20'));
    await first.stop('test');
    const leftAt = first.clock.now();
    const second = await startFixtures(dir, {}, generated(3));
    expect(second.clock.now()).toBeGreaterThanOrEqual(atIst(DATE, '11:00:20'));
    expect(second.clock.now()).toBeLessThan(leftAt + 60 * 60 * MINUTE_MS);
  });

  test('refuses the data of another simulated day, and keeps the one that is there', async () => {
    const dir = temporaryDir();
    const first = await startFixtures(dir, {}, generated(3));
    await first.stop('test');
    await expect(startSystem(fixtureOptions(dir, {}, generated(4)))).rejects.toMatchObject({
      code: 'RTP_DATA_DIR_OTHER_SOURCE',
      exitCode: 78,
      message: `${dir} holds data of the generated day ${DATE} (3 symbols, seed 7), not of the generated day ${DATE} (4 symbols, seed 7).`,
    });
    const again = await startFixtures(dir, {}, generated(3));
    expect(again.day?.symbols).toBe(3);
  });

  test('refuses market hours that leave no minute of its session', async () => {
    const options = generated(3);
    const flags = { ...options.flags, pipeline: { market_hours: { start: '16:00' } } };
    await expect(startSystem(fixtureOptions(temporaryDir(), {}, { ...options, flags }))).rejects.toMatchObject({
      code: 'RTP_CONFIG_INVALID',
      message: expect.stringContaining(
        `16:00 to 23:59 (\`rtp demo\`: --from, --to) leaves no minute of the session of`,
      ),
    });
  });

  test("carries the simulator's own error about a bars file that cannot be read", async () => {
    const options = generated(3);
    const flags = { ...options.flags, simulator: { bars: '/no/such/bars.csv', date: null } };
    await expect(startSystem(fixtureOptions(temporaryDir(), {}, { ...options, flags }))).rejects.toMatchObject({
      code: expect.stringMatching(/^RTP_/),
      message: expect.stringContaining('/no/such/bars.csv'),
    });
  });
});
