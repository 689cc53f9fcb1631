import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { configSchema, dataPaths, loadCalendar } from '@rtp/core';
import { loadDay, Market } from '@rtp/exchange-simulator';
import { askNumber, storedBars } from './support/catalogue.ts';
import { cleanUp, killComponent, newDataDir, rtp, rtpDone, startRtp } from './support/rtp.ts';

const dir = mkdtempSync(join(tmpdir(), 'rtp-backfill-'));
afterAll(async () => {
  await cleanUp();
  rmSync(dir, { recursive: true, force: true });
});

const [FROM, TO] = ['2026-11-16', '2026-11-19'];
const DAYS = ['2026-11-16', '2026-11-17', '2026-11-18', '2026-11-19'];
const SHARES = 4;

/** An exchange with some history; calls far enough apart for a kill between two. */
function configFile(): string {
  const file = join(dir, 'config.json');
  const content = {
    source: 'simulator',
    simulator: { symbols: SHARES, date: '2026-11-20', history_days: 5 },
    broker: { chart_calls_per_second: 0.1 },
    pipeline: { backfill_in_flight: 1, index_symbols: ['NIFTY'], chart_retry_ms: 1_000 },
    // The watcher sees as much as heartbeats tell.
    supervision: { backoff_min_ms: 50, backoff_max_ms: 100, heartbeat_interval_ms: 200, missed_heartbeats: 50 },
    data_api: { port: 0 },
    control_api: { port: 0 },
  };
  writeFileSync(file, JSON.stringify(content));
  return file;
}

/** What the exchange of a run has charted, by symbol. */
async function officialBars(dataDir: string, date: string): Promise<ReadonlyMap<string, readonly unknown[]>> {
  const paths = dataPaths(dataDir);
  const config = configSchema.parse(JSON.parse(readFileSync(paths.resolvedConfigFile, 'utf8')));
  const calendar = loadCalendar({ file: config.calendar.file, overlayFile: paths.calendarOverlayFile });
  const day = await loadDay(paths.preparedDayDir, calendar);
  const market = new Market(day, config.simulator);
  return new Map(
    day.instruments.map(({ symbol }) => [
      symbol,
      [...market.officialBars(symbol, date)].map(({ open, high, low, close, volume }) => [
        open,
        high,
        low,
        close,
        volume,
      ]),
    ]),
  );
}

async function chartCalls(dataDir: string): Promise<number> {
  const config = configSchema.parse(JSON.parse(readFileSync(dataPaths(dataDir).resolvedConfigFile, 'utf8')));
  const state = (await (await fetch(new URL('/__simulator/state', config.broker.rest_url))).json()) as {
    chartCalls: number;
  };
  return state.chartCalls;
}

describe('rtp backfill', () => {
  test('survives kill -9 of pipeline, store, manager and watcher: every minute as charted, no finished call repeated', async () => {
    const dataDir = newDataDir();
    const config = ['--config', configFile()];
    // Long before the day is prepared, so that all calls are the backfill's.
    const start = ['start', '--detach', '--no-monitor', '--from', '04:00', '--speed', '20', ...config];
    await rtpDone(start, dataDir);
    const ask = ['backfill', '--from', FROM, '--to', TO, '--json', ...config];
    const first = startRtp(ask, dataDir);
    await first.printed(/"callsDone":[234],/);
    killComponent(dataDir, 'pipeline');
    first.signal('SIGKILL');
    const second = startRtp(['backfill', '--json', ...config], dataDir);
    await second.printed(/"daysDone":[123],/);
    killComponent(dataDir, 'store');
    const refused = await rtp(['backfill', '--from', '2026-11-17', '--to', TO, ...config], dataDir);
    expect(refused).toMatchObject({ exitCode: 75, stderr: expect.stringContaining('RTP_BACKFILL_UNDER_WAY') });
    await second.printed(/"daysDone":[23],/);
    expect(await chartCalls(dataDir)).toBeLessThanOrEqual(SHARES + 1 + 1);
    killComponent(dataDir, 'system-manager');
    const left = await second.finished;
    expect(left.stderr).toContain('the backfill goes on when it runs again');

    const third = startRtp(['backfill', '--from', FROM, '--to', TO, ...config], dataDir);
    expect(await third.finished).toMatchObject({ exitCode: 0 });
    expect(third.output()).toMatch(/No system runs: one is started/);
    // Before it ended, the pipeline without a manager may have delivered the last date.
    expect(third.output()).toMatch(/Done: (4 days of 5 symbols|every date was complete)\.\n(Waiting .*\n)*Stopped\./);
    for (const date of DAYS) {
      const official = await officialBars(dataDir, date);
      expect(official.size).toBe(SHARES + 1);
      const stored = Map.groupBy(await storedBars(dataDir, date), ({ symbol }) => symbol);
      for (const [symbol, bars] of official) {
        const rows = stored.get(symbol)?.map(({ open, high, low, close, volume }) => [open, high, low, close, volume]);
        expect([date, symbol, rows]).toEqual([date, symbol, bars]);
      }
    }
    const complete = `SELECT count(*) FROM coverage WHERE date BETWEEN '${FROM}' AND '${TO}' AND missing = 0 AND expected > 0`;
    expect(await askNumber(dataDir, complete)).toBe(DAYS.length * (SHARES + 1));
    expect(await askNumber(dataDir, 'SELECT count(*) FROM bars_revisions WHERE revision > 1')).toBe(0);
  }, 120_000);
});
