import { mkdirSync, mkdtempSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, jest, test } from '@jest/globals';
import { identityOf } from '@rtp/core';
import { AccountLease, type AccountLeaseOptions } from '../../packages/dhan/src/auth/account-lease.ts';
import { eventually } from './support/eventually.ts';
import { killPrograms, run } from './support/programs.ts';
import { recordingLogger } from './support/recording-logger.ts';

// Processes are slow to start on a busy machine; nothing here waits for a fixed time.
jest.setTimeout(60_000);

const leases: AccountLease[] = [];
afterEach(() => {
  for (const lease of leases.splice(0)) lease.release();
  killPrograms();
});

const newStateDir = (): string => mkdtempSync(join(tmpdir(), 'rtp-lease-'));

function leaseIn(stateDir: string, changes: Partial<AccountLeaseOptions> = {}) {
  const logger = recordingLogger();
  const lease = new AccountLease({
    stateDir,
    authUrl: 'https://auth.example',
    clientId: '1000000001',
    dataDir: '/data/mine',
    retryMs: 5,
    logger,
    ...changes,
  });
  leases.push(lease);
  return { lease, logger };
}

const claims = (stateDir: string): readonly string[] =>
  readdirSync(join(stateDir, 'leases')).map((name) => join(stateDir, 'leases', name));

describe('the lease of an account', () => {
  test('is taken at once where nobody has it, privately, and given back', async () => {
    const stateDir = newStateDir();
    const { lease } = leaseIn(stateDir);
    await lease.acquire();
    await lease.acquire();
    const [claim = ''] = claims(stateDir);
    expect(JSON.parse(readFileSync(claim, 'utf8'))).toMatchObject({
      ...identityOf(process.pid),
      dataDir: '/data/mine',
    });
    expect([statSync(claim).mode & 0o777, statSync(join(claim, '..')).mode & 0o777]).toEqual([0o600, 0o700]);
    lease.release();
    expect(claims(stateDir)).toEqual([]);
  });

  test('is waited for while another holds it, who is named, and taken when it is free', async () => {
    const stateDir = newStateDir();
    const first = leaseIn(stateDir);
    await first.lease.acquire();
    const second = leaseIn(stateDir);
    const taken = second.lease.acquire();
    await eventually(() => second.lease.heldBy !== null);
    expect(second.lease.heldBy).toMatch(
      new RegExp(`^pid ${process.pid}, data directory /data/mine, since \\d{4}-\\d{2}-\\d{2} \\d{2}:\\d{2} IST$`),
    );
    first.lease.release();
    await taken;
    expect(second.lease.heldBy).toBeNull();
    expect(second.logger.lines.filter((line) => line.startsWith('error'))).toHaveLength(1);
  });

  test('is another one for another client id and for another server, ports included', async () => {
    const stateDir = newStateDir();
    await leaseIn(stateDir).lease.acquire();
    await leaseIn(stateDir, { clientId: '1000000002' }).lease.acquire();
    await leaseIn(stateDir, { authUrl: 'http://127.0.0.1:4000' }).lease.acquire();
    await leaseIn(stateDir, { authUrl: 'http://127.0.0.1:4001' }).lease.acquire();
    expect(claims(stateDir)).toHaveLength(4);
  });

  test('a waiting caller can give up, and closing ends every wait', async () => {
    const stateDir = newStateDir();
    await leaseIn(stateDir).lease.acquire();
    const { lease } = leaseIn(stateDir);
    const abort = new AbortController();
    const impatient = lease.acquire(abort.signal);
    const patient = lease.acquire();
    abort.abort(new Error('enough'));
    await expect(impatient).rejects.toThrow('enough');
    lease.release();
    await expect(patient).rejects.toMatchObject({ code: 'RTP_DHAN_CLOSED' });
  });

  test('a claim whose process number now belongs to another process counts for nothing', async () => {
    const stateDir = newStateDir();
    const first = leaseIn(stateDir);
    await first.lease.acquire();
    const [claim = ''] = claims(stateDir);
    first.lease.release();
    const self = identityOf(process.pid);
    const since = 1_795_149_900_000;
    for (const [name, reused] of Object.entries({
      'other-start': { ...self, startToken: '1' },
      'other-boot': { ...self, bootId: 'an earlier one' },
    })) {
      writeFileSync(claim.replace('.json', `-${name}.json`), JSON.stringify({ ...reused, dataDir: '/gone', since }));
    }
    writeFileSync(claim.replace('.json', '-damaged.json'), '{"pid":');
    await leaseIn(stateDir).lease.acquire();
    expect(claims(stateDir)).toHaveLength(1);
  });

  test('where the folder cannot be written the work goes on, with a warning', async () => {
    const stateDir = join(newStateDir(), 'a-file');
    writeFileSync(stateDir, '');
    const { lease, logger } = leaseIn(stateDir);
    await lease.acquire();
    expect(logger.lines).toEqual([expect.stringContaining('warn the account cannot be kept from other systems')]);
  });
});

describe('between processes', () => {
  test('of those who race for it never two have it, and all come to their turn', async () => {
    const stateDir = newStateDir();
    const racers = Array.from({ length: 4 }, () => run('shares-lease', stateDir, '6'));
    const codes = await Promise.all(racers.map(({ ended }) => ended));
    expect(racers.map(({ output }) => output())).toEqual(racers.map(() => 'done\n'));
    expect(codes).toEqual([0, 0, 0, 0]);
  });

  test('a killed holder loses it', async () => {
    const stateDir = newStateDir();
    mkdirSync(stateDir, { recursive: true });
    const holder = run('shares-lease', stateDir, '0');
    await eventually(() => holder.output() === 'held\n', 30_000);
    const { lease } = leaseIn(stateDir);
    const taken = lease.acquire();
    await eventually(() => lease.heldBy !== null);
    expect(lease.heldBy).toContain(`pid ${holder.pid}, data directory /data/other`);
    await holder.kill();
    await taken;
    expect(claims(stateDir)).toHaveLength(1);
  });
});
