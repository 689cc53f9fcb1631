import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type DataPaths, dataPaths, registerSecret } from '@rtp/core';
import { DeathLedger, MAX_DEATHS } from '../../packages/system-manager/src/records/death-ledger.ts';
import { type Death, tally } from '../../packages/system-manager/src/records/death-record.ts';

let dir: string;
let paths: DataPaths;
let problems: string[];

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'rtp-deaths-'));
  paths = dataPaths(dir);
  mkdirSync(paths.runDir);
  problems = [];
});
afterEach(() => rmSync(dir, { recursive: true }));

const open = (): DeathLedger => new DeathLedger(paths, (problem) => problems.push(problem));

const death = (values: Partial<Death> = {}): Omit<Death, 'kind' | 'bootId'> => ({
  at: '2026-11-26T04:00:00.000Z',
  component: 'store',
  pid: 4711,
  startedAt: 1_000,
  readyAt: 1_500,
  endedAt: 2_000,
  exitCode: null,
  signal: 'SIGKILL',
  verdict: null,
  seen: null,
  how: 'killed by SIGKILL',
  stderr: [],
  ...values,
});

describe('the ledger of deaths', () => {
  test('is read again by the next manager, for its owner alone', () => {
    open().addDeath(death({ stderr: ['last words'] }));
    const later = open();
    expect(later.deathsOf('store')).toMatchObject([{ signal: 'SIGKILL', stderr: ['last words'] }]);
    expect(later.deathsOf('pipeline')).toEqual([]);
    expect(later.accountOf('store').failures).toHaveLength(1);
    expect(statSync(paths.deathsFile).mode & 0o777).toBe(0o600);
  });

  test('keeps the last hundred deaths of each component, in memory and in the file', () => {
    const ledger = open();
    ledger.addDeath(death({ component: 'monitor' }));
    for (let count = 1; count <= 3 * MAX_DEATHS + 50; count += 1) {
      ledger.addDeath(death({ pid: count, stderr: Array.from({ length: 9 }, () => 'a line') }));
    }
    expect(ledger.deathsOf('store')).toHaveLength(MAX_DEATHS);
    expect(open().deathsOf('store').at(-1)?.pid).toBe(3 * MAX_DEATHS + 50);
    expect(open().deathsOf('monitor')).toHaveLength(1);
    expect(readFileSync(paths.deathsFile, 'utf8').split('\n').length).toBeLessThan(3 * MAX_DEATHS);
  });

  test('passes over lines that cannot be read, and says how many', () => {
    open().addDeath(death());
    open().addDeath(death({ pid: 4712 }));
    truncateSync(paths.deathsFile, statSync(paths.deathsFile).size - 20);
    appendFileSync(paths.deathsFile, '\n{"kind":"death"}\n');
    expect(open().deathsOf('store')).toMatchObject([{ pid: 4711 }]);
    expect(problems).toEqual([expect.stringContaining('2 lines')]);
  });

  test('of an earlier boot counts for nothing', () => {
    open().addDeath(death());
    const text = readFileSync(paths.deathsFile, 'utf8').replace(/"bootId":"[^"]+"/, '"bootId":"another"');
    rmSync(paths.deathsFile);
    appendFileSync(paths.deathsFile, text);
    expect(open().accountOf('store')).toEqual({ failures: [], givenUp: null });
    expect(open().deathsOf('store')).toHaveLength(1);
  });

  test('begins to count afresh after an orderly stop', () => {
    const ledger = open();
    ledger.addDeath(death());
    ledger.addMark({ kind: 'given-up', at: '2026-11-26T04:00:00.000Z', component: 'store', reason: 'too many' });
    expect(open().accountOf('store').givenUp).toBe('too many');
    ledger.forgetAll('rtp stop');
    expect(open().accountOf('store')).toEqual({ failures: [], givenUp: null });
    expect(open().deathsOf('store')).toHaveLength(1);
  });

  test('hides secrets in last words', () => {
    registerSecret('a-very-secret-word');
    open().addDeath(death({ stderr: ['token a-very-secret-word refused'] }));
    expect(readFileSync(paths.deathsFile, 'utf8')).not.toContain('a-very-secret-word');
  });

  test('goes on counting in memory when it cannot be written, and says so once', () => {
    const ledger = open();
    rmSync(paths.runDir, { recursive: true });
    ledger.addDeath(death());
    ledger.addDeath(death());
    expect(ledger.accountOf('store').failures).toHaveLength(2);
    expect(problems).toHaveLength(1);
  });
});

test('a tally counts the ways to end, whatever the figures in a verdict', () => {
  const deaths = [
    death(),
    death({ signal: null, exitCode: 3 }),
    death({ verdict: 'no heartbeat for 6012 ms' }),
    death({ verdict: 'no heartbeat for 7001 ms' }),
  ];
  expect(tally(deaths)).toEqual({ SIGKILL: 1, 'exit code 3': 1, 'no heartbeat': 2 });
});
