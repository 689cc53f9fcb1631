import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { dataPaths } from '@rtp/core';
import { acquireInstanceLock, findLockHolder } from '../../packages/system-manager/src/records/instance-lock.ts';

let dir: string;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'rtp-lock-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

describe('the lock of a data directory', () => {
  test('goes to one of two that ask at the same instant; the other learns who has it', async () => {
    const paths = dataPaths(dir);
    const results = await Promise.allSettled([acquireInstanceLock(paths), acquireInstanceLock(paths)]);
    const taken = results.filter((result) => result.status === 'fulfilled');
    const refused = results.filter((result) => result.status === 'rejected');
    expect(taken).toHaveLength(1);
    expect(refused[0]?.reason).toMatchObject({ code: 'RTP_ALREADY_RUNNING', exitCode: 75 });
    expect(refused[0]?.reason.message).toContain(`process ${process.pid}, started `);
    await taken[0]?.value.release();
  });

  test('is free again after its release', async () => {
    const paths = dataPaths(dir);
    await (await acquireInstanceLock(paths)).release();
    expect(await findLockHolder(paths)).toBeNull();
    await (await acquireInstanceLock(paths)).release();
  });

  test('is the same through a symbolic link to the directory', async () => {
    mkdirSync(join(dir, 'data'));
    symlinkSync(join(dir, 'data'), join(dir, 'link'));
    const lock = await acquireInstanceLock(dataPaths(join(dir, 'data')));
    await expect(acquireInstanceLock(dataPaths(join(dir, 'link')))).rejects.toMatchObject({
      code: 'RTP_ALREADY_RUNNING',
    });
    await lock.release();
  });

  test('of one directory does not hinder another', async () => {
    const first = await acquireInstanceLock(dataPaths(join(dir, 'one')));
    const second = await acquireInstanceLock(dataPaths(join(dir, 'two')));
    await Promise.all([first.release(), second.release()]);
  });
});
