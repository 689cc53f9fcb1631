import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { atIst, DAY_MS, ManualClock } from '@rtp/core';
import { createDhanClient } from '@rtp/dhan';
import { eventually } from '../dhan/support/eventually.ts';
import { FakeBroker } from '../dhan/support/fake-broker.ts';
import { makeToken } from '../dhan/support/make-token.ts';
import { killPrograms, run } from '../dhan/support/programs.ts';
import { recordingLogger } from '../dhan/support/recording-logger.ts';

// Processes are slow to start on a busy machine; nothing here waits for a fixed time.
jest.setTimeout(60_000);

const START = atIst('2026-11-20', '08:30');
const INTRADAY = '/v2/charts/intraday';
const MINT = '/app/generateAccessToken';

let broker: FakeBroker;
beforeEach(async () => {
  broker = await FakeBroker.open();
});
afterEach(async () => {
  killPrograms();
  await broker.close();
});

const newTokenFile = (): string => join(mkdtempSync(join(tmpdir(), 'rtp-killed-')), 'run', 'token.json');

/** A process that works on the broker until it is killed. */
const started = (tokenFile: string, work: 'mint' | 'charts') =>
  run('calls-broker', `http://127.0.0.1:${broker.port}`, tokenFile, String(START), work);

const next = (tokenFile: string, clock: ManualClock) =>
  createDhanClient({
    broker: broker.config(),
    credentials: { clientId: '1000000001', pin: '424242', totpSecret: 'JBSWY3DPEHPK3PXP' },
    clock,
    logger: recordingLogger(),
    tokenFile,
  });

test('killed between the mint and its answer, the next process waits 130 s from that mint', async () => {
  const tokenFile = newTokenFile();
  broker.on(MINT, () => {});
  const killed = started(tokenFile, 'mint');
  await eventually(() => broker.to(MINT).length === 1, 30_000);
  await killed.kill();
  broker.script(MINT, { json: { accessToken: makeToken(START + DAY_MS) } });
  const clock = new ManualClock(START + 20_000);
  const client = next(tokenFile, clock);
  const token = client.ensureToken();
  await clock.advanceTo(START + 129_999);
  expect(broker.to(MINT)).toHaveLength(1);
  await clock.advanceTo(START + 130_000);
  expect((await token).expiresAt).toBe(START + DAY_MS);
  await client.close();
});

test('killed after the mint, the next process uses its token', async () => {
  const tokenFile = newTokenFile();
  const minted = makeToken(START + DAY_MS);
  broker.script(MINT, { json: { accessToken: minted } });
  const killed = started(tokenFile, 'mint');
  await eventually(() => broker.to(INTRADAY).length === 1, 30_000);
  await killed.kill();
  const client = next(tokenFile, new ManualClock(START + 60_000));
  expect(await client.ensureToken()).toEqual({ token: minted, expiresAt: START + DAY_MS });
  expect(broker.to(MINT)).toHaveLength(1);
  await client.close();
});

test('killed while calling, the next process counts every call that was made, and few more', async () => {
  const tokenFile = newTokenFile();
  broker.script(INTRADAY, {
    json: { open: [], high: [], low: [], close: [], volume: [], timestamp: [] },
  });
  const killed = started(tokenFile, 'charts');
  await eventually(() => broker.to(INTRADAY).length >= 47, 30_000);
  await killed.kill();
  const made = broker.to(INTRADAY).length;
  const client = next(tokenFile, new ManualClock(START + 600_000));
  const { used } = client.stats.budget;
  expect(used).toBeGreaterThanOrEqual(made);
  expect(used).toBeLessThan(made + 20);
  await client.close();
});
