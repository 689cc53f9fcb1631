import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { cleanUp, isAlive, newDataDir, pidOf, type RtpRun, rtp, rtpDone, startRtp } from './support/rtp.ts';

afterAll(cleanUp);

const scratch = (name: string, text: string): string => {
  const file = join(mkdtempSync(join(tmpdir(), 'rtp-input-')), name);
  writeFileSync(file, text);
  return file;
};

describe('bad input is a clear error, and nothing starts', () => {
  test('the broker as source without credentials names the variables and exits 77', async () => {
    const result = await rtp(['start', '--source', 'dhan'], newDataDir());
    expect(result.exitCode).toBe(77);
    expect(result.stderr).toContain('RTP_CREDENTIALS_MISSING');
    expect(result.stderr).toContain('DHAN_CLIENT_ID');
  });

  test('an unknown key and a bad value are named with what is accepted, exit 78', async () => {
    const config = scratch('config.json', '{ "store": { "threads": "two" }, "pipelin": {} } // a comment is fine');
    const result = await rtp(['start', '--source', 'simulator', '--config', config], newDataDir());
    expect(result.exitCode).toBe(78);
    expect(result.stderr).toMatch(/store\.threads.*two.*1 to 64/s);
    expect(result.stderr).toMatch(/pipelin\b.*pipeline/s);
  });

  test('a configuration file that is not JSON names line and column, exit 78', async () => {
    const config = scratch('config.json', '{\n  "store": {\n');
    const result = await rtp(['config', 'check', '--config', config], newDataDir());
    expect(result).toMatchObject({ exitCode: 78 });
    expect(result.stderr).toMatch(/RTP_CONFIG_UNREADABLE.*line \d+/s);
  });

  test('a data directory that cannot be written is refused', async () => {
    const file = scratch('data', 'not a folder');
    const result = await rtp(['demo', '--until-close'], file);
    expect(result.exitCode).toBe(78);
    expect(result.stderr).toContain('RTP_DATA_DIR_UNWRITABLE');
  });

  test.each([
    ['symbol,time,open,high,low,close,volume\nA,2020-01-01T09:15:00+05:30,10,9,8,9,5\n', /row|line/i],
    ['symbol,time,open,high,low,close\nA,2020-01-01T09:15:00+05:30,1,1,1,1\n', /volume/],
    ['symbol,time,open,high,low,close,volume\nA,yesterday,1,1,1,1,1\n', /yesterday/],
    ['\u0000\u0001\u0002', /column|header|read/i],
  ])('a bars file with a fault names the row and the reason: %j', async (text, reason) => {
    const result = await rtp(['demo', '--bars', scratch('bars.csv', text), '--until-close'], newDataDir());
    expect(result.exitCode).toBe(78);
    expect(result.stderr).toMatch(/RTP_BARS_FILE_(INVALID|UNREADABLE)/);
    expect(result.stderr).toMatch(reason);
  });

  test('a relative bars file is one of the working directory, whatever the data directory', async () => {
    const result = await rtp(['demo', '--bars', 'no-such-bars.csv', '--date', '2019-03-05'], newDataDir());
    expect(result.exitCode).toBe(78);
    expect(result.stderr).toContain(`${join(tmpdir(), 'no-such-bars.csv')} cannot be read`);
  });

  test('a bars file that does not exist, and one that is corrupt', async () => {
    const missing = await rtp(['demo', '--bars', '/nonexistent/bars.csv'], newDataDir());
    expect(missing).toMatchObject({ exitCode: 78 });
    expect(missing.stderr).toContain('/nonexistent/bars.csv');
    const corrupt = await rtp(['demo', '--bars', scratch('bars.parquet', 'PAR1 broken')], newDataDir());
    expect(corrupt).toMatchObject({ exitCode: 78 });
    expect(corrupt.stderr).toContain('RTP_BARS_FILE_UNREADABLE');
  });

  test('nonsense on the command line is refused with what would do, exit 64', async () => {
    for (const args of [
      ['strat'],
      ['demo', '--speed', 'fast'],
      ['data', 'TCS', '--date', '2016-13-45'],
      ['start', '--api-port', '99999'],
      ['demo', '--from', '25:00', '--to', '26:00'],
    ]) {
      const result = await rtp(args, newDataDir());
      expect({ args, exitCode: result.exitCode }).toEqual({ args, exitCode: 64 });
      expect(result.stderr.trim()).not.toBe('');
      expect(result.stderr).not.toMatch(/^\s+at /m);
    }
  });
});

describe('bad input to a running system', () => {
  let dataDir = '';
  let run: RtpRun;

  beforeAll(async () => {
    dataDir = newDataDir();
    run = startRtp(['demo', '--from', '10:00', '--to', '10:20', '--speed', '20'], dataDir);
    await run.printed(/newest 10:0[1-9]/);
  }, 90_000);

  afterAll(async () => {
    run.signal('SIGINT');
    await run.finished;
  });

  test('a second start on the same data names the first', async () => {
    const second = await rtp(['start', '--source', 'simulator'], dataDir);
    expect(second.exitCode).not.toBe(0);
    expect(second.stderr).toContain('RTP_ALREADY_RUNNING');
    expect(second.stderr).toContain(String(pidOf(dataDir, 'system-manager')));
  });

  test('the status is readable on 80 columns and as JSON, exit 0', async () => {
    const text = await rtp(['status'], dataDir, { NO_COLOR: '1' });
    expect(text).toMatchObject({ exitCode: 0 });
    for (const line of text.stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
    for (const component of ['store', 'scheduler', 'monitor', 'pipeline']) expect(text.stdout).toContain(component);
    const json = await rtp(['status', '--json'], dataDir);
    expect(JSON.parse(json.stdout)).toHaveProperty('components');
  });

  test('data of an unknown symbol and an unknown day', async () => {
    const symbol = await rtp(['data', 'TCSS', '--date', '2016-09-30'], dataDir);
    expect(symbol.exitCode).not.toBe(0);
    expect(symbol.stderr).toMatch(/RTP_SYMBOL_UNKNOWN.*TCS/s);
    const day = await rtp(['data', 'TCS', '--date', '2016-09-29'], dataDir);
    expect(day.exitCode).not.toBe(0);
    expect(day.stderr).toMatch(/RTP_DAY_UNKNOWN.*2016-09-30/s);
  });

  test('data of a known symbol as CSV, with the system running', async () => {
    const csv = await rtp(['data', 'TCS', '--date', '2016-09-30', '--format', 'csv'], dataDir);
    expect(csv).toMatchObject({ exitCode: 0 });
    const [header, first] = csv.stdout.split('\n');
    expect(header).toMatch(/^symbol,time,open,high,low,close,volume/);
    expect(first).toMatch(/^TCS,2016-09-30T10:00:00\+05:30,/);
  });

  test('stop ends every process, and a second stop finds nothing to do', async () => {
    const pids = ['system-manager', 'store', 'scheduler', 'monitor', 'pipeline'].map(
      (name) => pidOf(dataDir, name) ?? 0,
    );
    const stop = await rtp(['stop'], dataDir);
    expect(stop).toMatchObject({ exitCode: 0 });
    expect(pids.filter(isAlive)).toEqual([]);
    await rtpDone(['stop'], dataDir);
    expect(await rtp(['status'], dataDir)).toMatchObject({ exitCode: 3 });
  });

  test('the data of a stopped system is read from the catalogue, the same', async () => {
    const csv = await rtp(['data', 'TCS', '--date', '2016-09-30', '--format', 'csv'], dataDir);
    expect(csv).toMatchObject({ exitCode: 0 });
    expect(csv.stdout).toMatch(/^TCS,2016-09-30T10:00:00\+05:30,/m);
  });

  test('a data directory of a simulated day is not taken for the broker, exit 78', async () => {
    const env = { DHAN_CLIENT_ID: '1000000001', DHAN_API_TOKEN: 'x.y.z' };
    const result = await rtp(['start', '--source', 'dhan'], dataDir, env);
    expect(result.exitCode).toBe(78);
    expect(result.stderr).toContain('RTP_DATA_DIR_OTHER_SOURCE');
  });
});

test('a demo whose reader goes away stops in order', async () => {
  const dataDir = newDataDir();
  const run = startRtp(['demo', '--symbols', '3', '--speed', '60'], dataDir);
  await run.printed(/Look while it runs/);
  run.stopReading();
  const { stderr } = await run.finished;
  expect(stderr).not.toMatch(/^\s+at /m);
  const log = readFileSync(join(dataDir, 'logs/system_manager.log'), 'utf8');
  expect(log).toContain('nobody reads');
  expect(log).toContain('"Stopped."');
});

test('a port in use is named with its holder, and nothing stays behind', async () => {
  const holder = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => holder.once('listening', resolve));
  const { port } = holder.address() as AddressInfo;
  const dataDir = newDataDir();
  mkdirSync(dataDir, { recursive: true });
  const result = await rtp(['demo', '--data-port', String(port), '--speed', '60'], dataDir);
  holder.close();
  expect(result.exitCode).toBe(78);
  expect(result.stderr).toContain('RTP_PORT_IN_USE');
  expect(result.stderr).toContain(String(process.pid));
  expect(
    ['store', 'scheduler', 'pipeline']
      .map((name) => pidOf(dataDir, name))
      .filter((pid) => pid !== null && isAlive(pid)),
  ).toEqual([]);
});
