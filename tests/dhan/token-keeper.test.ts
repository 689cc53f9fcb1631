import { mkdtempSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { atIst, DAY_MS, ManualClock } from '@rtp/core';
import type { DhanCredentials } from '@rtp/dhan';
import { TokenKeeper } from '../../packages/dhan/src/auth/token-keeper.ts';
import { totpAt } from '../../packages/dhan/src/auth/totp.ts';
import { failure } from '../../packages/dhan/src/wire/failure-kind.ts';
import { makeToken } from './support/make-token.ts';
import { recordingLogger } from './support/recording-logger.ts';

const START = atIst('2026-11-20', '08:30');
const MINTING: DhanCredentials = { clientId: '1000000001', pin: '123456', totpSecret: 'JBSWY3DPEHPK3PXP' };
const throttled = () => failure('mint_throttled', 'Token can be generated once every 2 minutes.');
const wrongCode = () => failure('totp_invalid', 'Invalid TOTP');

interface World {
  readonly clock?: ManualClock;
  readonly file?: string;
  readonly credentials?: DhanCredentials;
  /** What the broker answers in turn; afterwards fresh tokens. */
  readonly answers?: (Error | string)[];
  readonly skewMs?: number;
}

function keeperIn(world: World = {}) {
  const { clock = new ManualClock(START), file, credentials = MINTING, answers = [], skewMs = 0 } = world;
  const tokenFile = file ?? join(mkdtempSync(join(tmpdir(), 'rtp-token-')), 'run', 'token.json');
  const mints: { at: number; totp: string }[] = [];
  const secrets: string[] = [];
  const keeper = new TokenKeeper({
    credentials,
    clock,
    logger: recordingLogger(),
    file: tokenFile,
    spacingMs: 130_000,
    onSecret: (secret) => secrets.push(secret),
    skewMs: () => skewMs,
    mint: async (totp) => {
      mints.push({ at: clock.now() - START, totp });
      const answer = answers.shift() ?? makeToken(clock.now() + DAY_MS, { serial: mints.length });
      if (answer instanceof Error) throw answer;
      return answer;
    },
  });
  return { keeper, clock, file: tokenFile, mints, secrets };
}

const stored = (file: string) => JSON.parse(readFileSync(file, 'utf8'));
const code = (value: string) => expect.objectContaining({ code: value });

describe('minting', () => {
  test('many callers share one mint, and its token lives as long as its JWT says', async () => {
    const { keeper, mints } = keeperIn();
    const tokens = await Promise.all([keeper.current(), keeper.current(), keeper.current()]);
    expect(mints).toHaveLength(1);
    expect(new Set(tokens.map(({ token }) => token)).size).toBe(1);
    expect(tokens[0]?.expiresAt).toBe(START + DAY_MS);
    expect(keeper.expiresAt).toBe(START + DAY_MS);
  });

  test('the TOTP code is that of the market clock', async () => {
    expect(await totpAt('JBSWY3DPEHPK3PXP', 59_000)).toBe('996554');
    expect(await totpAt('jbsw y3dp ehpk 3pxp', 59_000)).toBe('996554');
    const { keeper, mints } = keeperIn();
    await keeper.current();
    expect(mints[0]?.totp).toBe(await totpAt('JBSWY3DPEHPK3PXP', START));
  });

  test('a TOTP secret that is no base32 is named as such, without being shown', async () => {
    const { keeper } = keeperIn({ credentials: { ...MINTING, totpSecret: 'not!base32' } });
    const refused = keeper.current();
    await expect(refused).rejects.toEqual(code('RTP_DHAN_TOTP_INVALID'));
    await expect(refused).rejects.not.toThrow(/not!base32/);
  });

  test('the file is private and holds token, expiry, mint time and client id', async () => {
    const { keeper, file } = keeperIn();
    const { token } = await keeper.current();
    expect(stored(file)).toEqual({ clientId: '1000000001', token, expiresAt: START + DAY_MS, mintedAt: START });
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  test('credentials and tokens are told to whoever hides secrets', async () => {
    const { keeper, secrets } = keeperIn();
    const { token } = await keeper.current();
    expect(secrets).toEqual(['123456', 'JBSWY3DPEHPK3PXP', token]);
  });
});

describe('over restarts', () => {
  test('a stored token is used while it lives', async () => {
    const first = keeperIn();
    const { token } = await first.keeper.current();
    const second = keeperIn({ clock: first.clock, file: first.file });
    expect((await second.keeper.current()).token).toBe(token);
    expect(second.mints).toHaveLength(0);
  });

  test("another client id's token is not", async () => {
    const first = keeperIn();
    await first.keeper.current();
    const other = keeperIn({ file: first.file, credentials: { ...MINTING, clientId: '1000000002' } });
    await other.keeper.current();
    expect(other.mints).toHaveLength(1);
  });

  test('an expired one is replaced', async () => {
    const first = keeperIn();
    await first.keeper.current();
    const clock = new ManualClock(START + DAY_MS);
    const second = keeperIn({ clock, file: first.file });
    expect((await second.keeper.current()).expiresAt).toBe(START + 2 * DAY_MS);
  });

  test('a file from a clock that is ahead counts for nothing', async () => {
    const future = keeperIn({ clock: new ManualClock(START + 10 * DAY_MS) });
    await future.keeper.current();
    const { keeper, mints } = keeperIn({ file: future.file });
    await keeper.current();
    expect(mints).toEqual([expect.objectContaining({ at: 0 })]);
  });

  test('a damaged file counts for nothing', async () => {
    const { file } = keeperIn();
    const broken = join(mkdtempSync(join(tmpdir(), 'rtp-token-')), 'token.json');
    writeFileSync(broken, '{"clientId": "1000');
    const { keeper, mints } = keeperIn({ file: broken });
    await keeper.current();
    expect(mints).toHaveLength(1);
    expect(file).not.toBe(broken);
  });

  test('two mints are 130 s apart even when the process died in between, before the first answer', async () => {
    const clock = new ManualClock(START);
    const first = keeperIn({ clock, answers: [failure('network', 'reset')] });
    await expect(first.keeper.current()).rejects.toEqual(code('RTP_DHAN_NETWORK'));
    await clock.advance(20_000);
    const second = keeperIn({ clock, file: first.file });
    const token = second.keeper.current();
    await clock.advance(109_999);
    expect(second.mints).toHaveLength(0);
    await clock.advance(1);
    await token;
    expect(second.mints[0]?.at).toBe(130_000);
  });

  test('a token that another program minted meanwhile is taken over', async () => {
    const clock = new ManualClock(START);
    const mine = keeperIn({ clock });
    const { token } = await mine.keeper.current();
    await clock.advance(200_000);
    const other = keeperIn({ clock, file: mine.file });
    const theirs = await other.keeper.replace(token);
    expect((await mine.keeper.replace(token)).token).toBe(theirs.token);
    expect(mine.mints).toHaveLength(1);
  });
});

describe('refusals', () => {
  test('a throttled mint is waited for and repeated', async () => {
    const { keeper, clock, mints } = keeperIn({ answers: [throttled()] });
    const token = keeper.current();
    await clock.advance(130_000);
    await expect(token).resolves.toBeDefined();
    expect(mints.map(({ at }) => at)).toEqual([0, 130_000]);
  });

  test('a broker that keeps throttling is reported', async () => {
    const { keeper, clock, mints } = keeperIn({ answers: [throttled(), throttled(), throttled()] });
    const token = keeper.current();
    token.catch(() => {});
    await clock.advance(600_000);
    await expect(token).rejects.toEqual(code('RTP_DHAN_MINT_THROTTLED'));
    expect(mints).toHaveLength(3);
  });

  test('a refused code is repeated once, in the next window, with the next code', async () => {
    const { keeper, clock, mints } = keeperIn({ clock: new ManualClock(START + 12_000), answers: [wrongCode()] });
    const token = keeper.current();
    await clock.advance(18_000);
    await expect(token).resolves.toBeDefined();
    expect(mints.map(({ at }) => at)).toEqual([12_000, 30_000]);
    expect(mints[0]?.totp).not.toBe(mints[1]?.totp);
  });

  test('the next code goes by the clock of the broker, where ours is behind', async () => {
    const { keeper, clock, mints } = keeperIn({ answers: [wrongCode()], skewMs: 120_000 });
    const token = keeper.current();
    await clock.advance(30_000);
    await token;
    expect(mints[0]?.totp).toBe(await totpAt('JBSWY3DPEHPK3PXP', START));
    expect(mints[1]?.totp).toBe(await totpAt('JBSWY3DPEHPK3PXP', START + 30_000 + 120_000));
  });

  test('two refused codes are an error of credentials', async () => {
    const { keeper, clock, mints } = keeperIn({ answers: [wrongCode(), wrongCode()] });
    const token = keeper.current();
    token.catch(() => {});
    await clock.advance(60_000);
    await expect(token).rejects.toMatchObject({ code: 'RTP_DHAN_TOTP_INVALID', exitCode: 77 });
    expect(mints).toHaveLength(2);
  });

  test('a wrong PIN is not tried twice and does not count as a mint', async () => {
    const { keeper, file, mints } = keeperIn({ answers: [failure('auth', 'Invalid Pin')] });
    await expect(keeper.current()).rejects.toEqual(code('RTP_DHAN_TOKEN_REJECTED'));
    expect(mints).toHaveLength(1);
    expect(stored(file).mintedAt).toBeNull();
  });

  test('what was refused for good is not asked again for 130 s: callers are given the refusal', async () => {
    const clock = new ManualClock(START);
    const { keeper, mints } = keeperIn({ clock, answers: [failure('auth', 'Invalid Pin')] });
    await expect(keeper.current()).rejects.toEqual(code('RTP_DHAN_TOKEN_REJECTED'));
    await clock.advance(129_999);
    await expect(keeper.current()).rejects.toEqual(code('RTP_DHAN_TOKEN_REJECTED'));
    expect(mints).toHaveLength(1);
    await clock.advance(1);
    await expect(keeper.current()).resolves.toBeDefined();
  });

  test('a refused token is replaced once for all who met the refusal', async () => {
    const { keeper, clock, mints } = keeperIn();
    const { token } = await keeper.current();
    const replaced = Promise.all([keeper.replace(token), keeper.replace(token)]);
    await clock.advance(130_000);
    const [a, b] = await replaced;
    expect(a.token).toBe(b.token);
    expect(a.token).not.toBe(token);
    expect(mints).toHaveLength(2);
    expect((await keeper.replace(token)).token).toBe(a.token);
    expect(mints).toHaveLength(2);
  });

  test("an abort ends one caller's wait, not the mint", async () => {
    const { keeper, clock } = keeperIn({ answers: [throttled()] });
    const abort = new AbortController();
    const impatient = keeper.current(0, abort.signal);
    const patient = keeper.current();
    await clock.advance(1_000);
    abort.abort(new Error('enough'));
    await expect(impatient).rejects.toThrow('enough');
    await clock.advance(130_000);
    await expect(patient).resolves.toBeDefined();
  });

  test('closing ends the wait', async () => {
    const { keeper, clock } = keeperIn({ answers: [throttled()] });
    const token = keeper.current();
    token.catch(() => {});
    await clock.advance(1_000);
    keeper.close();
    await expect(token).rejects.toEqual(code('RTP_DHAN_CLOSED'));
  });

  test('a token that has expired at birth means that the clocks disagree', async () => {
    const { keeper } = keeperIn({ answers: [makeToken(START - 1_000)] });
    await expect(keeper.current()).rejects.toThrow(/already expired/);
  });
});

describe('renewal ahead of expiry', () => {
  const MARGIN = DAY_MS / 2;

  test('happens when the token would not live long enough', async () => {
    const clock = new ManualClock(START);
    const { keeper, mints } = keeperIn({ clock });
    await keeper.current();
    await clock.advance(MARGIN);
    await keeper.current(MARGIN);
    expect(mints).toHaveLength(1);
    await clock.advance(1);
    await keeper.current(MARGIN);
    expect(mints).toHaveLength(2);
  });

  test('failing leaves the live token in use', async () => {
    const clock = new ManualClock(START);
    const { keeper } = keeperIn({ clock, answers: [makeToken(START + DAY_MS), failure('server', 'down')] });
    const { token } = await keeper.current();
    await clock.advance(MARGIN + 1);
    expect((await keeper.current(MARGIN)).token).toBe(token);
  });
});

describe('a given token', () => {
  const given = (expiresAt: number, claims = {}) => makeToken(expiresAt, { tokenConsumerType: 'SELF', ...claims });
  const only = (apiToken: string): DhanCredentials => ({ clientId: '1000000001', apiToken });

  test('is used without minting, also when it will not live long', async () => {
    const apiToken = given(START + 3_600_000);
    const { keeper, mints } = keeperIn({ credentials: only(apiToken) });
    expect((await keeper.current(DAY_MS)).token).toBe(apiToken);
    expect(mints).toHaveLength(0);
  });

  test('gives way to a stored one that lives longer', async () => {
    const first = keeperIn();
    const { token } = await first.keeper.current();
    const credentials = { ...MINTING, apiToken: given(START + 3_600_000) };
    expect((await keeperIn({ file: first.file, credentials }).keeper.current()).token).toBe(token);
  });

  test('expired, refused or absent, each is a different error with exit code 77', async () => {
    const expired = keeperIn({ credentials: only(given(START - 1)) }).keeper;
    await expect(expired.current()).rejects.toMatchObject({ code: 'RTP_DHAN_TOKEN_EXPIRED', exitCode: 77 });
    const apiToken = given(START + DAY_MS);
    const refused = keeperIn({ credentials: only(apiToken) }).keeper;
    await expect(refused.replace(apiToken)).rejects.toMatchObject({ code: 'RTP_DHAN_TOKEN_REJECTED', exitCode: 77 });
    const none = keeperIn({ credentials: { clientId: '1000000001', pin: '123456' } }).keeper;
    await expect(none.current()).rejects.toMatchObject({ code: 'RTP_DHAN_CREDENTIALS_MISSING', exitCode: 77 });
  });

  test('that was refused once is all there is: it is tried again after 130 s', async () => {
    const apiToken = given(START + DAY_MS);
    const { keeper, clock } = keeperIn({ credentials: only(apiToken) });
    await expect(keeper.replace(apiToken)).rejects.toEqual(code('RTP_DHAN_TOKEN_REJECTED'));
    await clock.advance(129_999);
    await expect(keeper.current()).rejects.toEqual(code('RTP_DHAN_TOKEN_REJECTED'));
    await clock.advance(1);
    expect((await keeper.current()).token).toBe(apiToken);
    expect(keeper.expiresAt).toBe(START + DAY_MS);
  });

  test("that is no JWT, or somebody else's, is refused at once and never shown", () => {
    expect(() => keeperIn({ credentials: only('sesame') })).toThrow(code('RTP_DHAN_TOKEN_REJECTED'));
    expect(() => keeperIn({ credentials: only('sesame') })).not.toThrow(/sesame/);
    const theirs = given(START + DAY_MS, { dhanClientId: '1000000002' });
    expect(() => keeperIn({ credentials: only(theirs) })).toThrow(/another client id/);
    expect(() => keeperIn({ credentials: { clientId: '' } })).toThrow(/DHAN_CLIENT_ID/);
  });
});
