import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { istIso, projectRoot } from '@rtp/core';
import { serveTestStore } from '../store/support/api.ts';
import { removeTempDirs, type TestStore } from '../store/support/fixtures.ts';
import { barsOf, DAYS, expectedIndicators, openShortDays, SHARE } from '../store/support/short-days.ts';

// Processes are slow to start on a busy machine; nothing here waits for a fixed time.
jest.setTimeout(60_000);

const DAY = DAYS[2] as string;
let store: TestStore;
let server: Awaited<ReturnType<typeof serveTestStore>>;
let isOpen = true;

beforeAll(async () => {
  store = await openShortDays();
  server = await serveTestStore(store);
});

const stop = async (): Promise<void> => {
  if (!isOpen) return;
  isOpen = false;
  await server.close();
  await store.store.published();
  await store.close();
};

afterAll(async () => {
  await stop();
  removeTempDirs();
});

const env = { PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '' };
const data = (...args: string[]): Promise<{ exitCode: number; stdout: string; stderr: string }> =>
  new Promise((resolve) => {
    const line = ['data', 'AAA', '--date', DAY, '--data-dir', store.paths.dataDir, ...args];
    execFile(join(projectRoot, 'bin/rtp'), line, { env }, (error, stdout, stderr) => {
      resolve({ exitCode: error === null ? 0 : Number(error.code), stdout, stderr });
    });
  });

/** The values of a minute, as text; nothing for a minute that was not seen whole. */
function expectedCells(ts: number, names: readonly string[], decimals: readonly number[]): string[] {
  const { times, values } = expectedIndicators('1T');
  const row = times.indexOf(ts);
  return names.map((name, index) => (row < 0 ? '' : (values.get(name) as Float64Array)[row]!.toFixed(decimals[index])));
}

describe('rtp data --indicators', () => {
  const bars = barsOf(SHARE).filter(({ ts }) => istIso(ts).startsWith(DAY));

  test('puts them beside the bars, the same whether the system runs or not', async () => {
    const answers = async (): Promise<string[]> => {
      const csv = await data('--indicators', 'rsi_14,pivot', '--format', 'csv');
      const json = await data('--indicators', 'RSI_14,pivot', '--format', 'json');
      const table = await data('--indicators', 'rsi_14,zones', '--timeframe', '15T');
      return [csv.stdout, json.stdout, table.stdout];
    };
    const running = await answers();
    await stop();
    expect(await answers()).toEqual(running);

    const [csv, json, table] = running as [string, string, string];
    const [header, ...lines] = csv.trimEnd().split('\n');
    expect(header).toBe('symbol,time,open,high,low,close,volume,source,state,revision,rsi_14,pivot');
    expect(bars.some(({ partial }) => partial)).toBe(true);
    const cells = bars.map(({ ts }) => [istIso(ts), ...expectedCells(ts, ['rsi_14', 'pivot'], [2, 2])]);
    const shown = lines.map((line) => {
      const [, time, , , , , , , , , ...values] = line.split(',');
      return [time, ...values.map((value) => (value === '' ? '' : Number(value).toFixed(2)))];
    });
    expect(shown).toEqual(cells);
    const objects = JSON.parse(json) as Record<string, unknown>[];
    const short = (value: unknown): string => (value === null ? '' : (value as number).toFixed(2));
    expect(objects.map((row) => [row['time'], short(row['rsi_14']), short(row['pivot'])])).toEqual(cells);
    expect(table.split('\n')[0]).toMatch(/revision +rsi_14 +supply_low +supply_high .*zone_imbalance$/);
  });

  test('says which name is wrong', async () => {
    const { exitCode, stderr } = await data('--indicators', 'rsi14');
    expect(exitCode).toBe(64);
    expect(stderr).toContain('RTP_INDICATOR_UNKNOWN');
    expect(stderr).toContain('did you mean rsi_14?');
  });
});
