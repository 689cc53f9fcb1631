import { execFileSync } from 'node:child_process';
import { rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from '@jest/globals';
import { RtpError, realDelay } from '@rtp/core';
import { engineError, isFatal } from '../../packages/store/src/engine/engine-error.ts';
import { bar, openTestStore, removeTempDirs, tempDir } from '../store/support/fixtures.ts';
import { indicatorRows, row } from '../store/support/indicators.ts';

/** A small file system of its own, where the machine allows one. */
function mountSmallDisk(directory: string): boolean {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=16m', 'tmpfs', directory], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

let mounted: string | undefined;
afterEach(() => {
  if (mounted !== undefined) execFileSync('umount', ['-l', mounted]);
  mounted = undefined;
  removeTempDirs();
});

describe('a full disk', () => {
  test('refuses a commit with a name, keeps what was committed, and goes on when there is room', async () => {
    const dataDir = tempDir();
    if (!mountSmallDisk(dataDir)) {
      // Without the right to mount, what the engine says of a full disk is all that can be tried.
      const said = new Error(`Failed to commit: Could not write file "x.wal": No space left on device`);
      expect(engineError(said, 'COMMIT')).toMatchObject({ code: 'RTP_STORE_DISK_FULL', status: 507 });
      return;
    }
    mounted = dataDir;
    const store = await openTestStore({ dataDir });
    const ids = await store.register(Array.from({ length: 200 }, (_, index) => `SYM${index}`));
    const minute = (of: number, seq = of + 1) =>
      store.send({
        bars: ids.map((id) => bar(id, of, { close: 100 + ((id * of) % 97) / 20 })),
        indicators: indicatorRows(ids.map((id) => row(id, of))),
        epoch: 1,
        seq,
      });
    const stored = async (): Promise<unknown[][]> =>
      store.ask('SELECT (SELECT count(*) FROM bars)::DOUBLE, (SELECT count(*) FROM indicators)::DOUBLE');
    await minute(0);
    await store.store.published();
    const filler = join(dataDir, 'filler');
    const { bavail, bsize } = statfsSync(dataDir);
    writeFileSync(filler, Buffer.alloc(bavail * bsize - 300_000));

    let committed = 1;
    const refused = await (async () => {
      for (; committed < 200; committed += 1) {
        try {
          await minute(committed);
        } catch (error) {
          return error;
        }
      }
      return null;
    })();
    expect(refused).toMatchObject({ code: 'RTP_STORE_DISK_FULL' });
    expect(store.store.report('').degraded).toBe('disk full');
    expect(await stored()).toEqual([[committed * ids.length, committed * ids.length]]);

    rmSync(filler);
    expect(await minute(committed)).toMatchObject({ inserted: ids.length, indicators: ids.length, duplicate: false });
    await store.store.published();
    for (let attempt = 0; attempt < 100 && store.store.report('').degraded !== ''; attempt += 1) await realDelay(50);
    const { degraded, lastCommitSeq, lastPublishedSeq } = store.store.report('');
    expect([degraded, lastPublishedSeq]).toEqual(['', lastCommitSeq]);
    expect(await stored()).toEqual([[(committed + 1) * ids.length, (committed + 1) * ids.length]]);
    expect(store.fatal).toEqual([]);
    await store.close();
  }, 30_000);
});

describe('a checkpoint that fails for want of space', () => {
  test('ends the process; the next one finds everything', async () => {
    const dataDir = tempDir();
    if (!mountSmallDisk(dataDir)) {
      expect(isFatal(engineError(new Error('FATAL Error: Failed to create checkpoint'), 'CHECKPOINT'))).toBe(true);
      return;
    }
    mounted = dataDir;
    let store = await openTestStore({ dataDir });
    const ids = await store.register(Array.from({ length: 500 }, (_, index) => `SYM${index}`));
    for (let of = 0; of < 40; of += 1) {
      await store.send({ bars: ids.map((id) => bar(id, of, { close: 100 + ((id * of) % 977) / 20 })) });
    }
    await store.store.published();
    const filler = join(dataDir, 'filler');
    const { bavail, bsize } = statfsSync(dataDir);
    writeFileSync(filler, Buffer.alloc(bavail * bsize));
    await expect(store.ask('CHECKPOINT d20160930')).rejects.toMatchObject({
      code: 'RTP_STORE_INVALIDATED',
      exitCode: 75,
    });
    expect(store.fatal).toHaveLength(1);
    await expect(store.send({ bars: [bar(1, 50)] })).rejects.toMatchObject({ exitCode: 75 });
    await store.store.close({ checkpoint: false });
    rmSync(filler);
    store = await openTestStore({ dataDir });
    expect(await store.ask('SELECT count(*)::DOUBLE FROM bars')).toEqual([[40 * ids.length]]);
    await store.close();
  }, 30_000);
});

describe('what the engine says', () => {
  const cases = [
    [
      'FATAL Error: Failed: database has been invalidated because of a previous fatal error.',
      'RTP_STORE_INVALIDATED',
      true,
    ],
    [
      'IO Error: Corrupt database file: computed checksum 1 does not match stored checksum 2',
      'RTP_STORE_CORRUPT',
      true,
    ],
    ['TransactionContext Error: Failed to commit: No space left on device', 'RTP_STORE_DISK_FULL', false],
    ['Binder Error: Referenced column "x" not found', 'RTP_STORE_QUERY_FAILED', false],
  ] as const;
  test.each(cases)('"%s" is %s', (text, code, fatal) => {
    const error = engineError(new Error(text), 'SELECT');
    expect(error).toBeInstanceOf(RtpError);
    expect([error.code, isFatal(error)]).toEqual([code, fatal]);
    if (fatal) expect(error.exitCode).toBe(75);
  });
});
