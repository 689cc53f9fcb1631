import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { atIst, DAY_MS, ManualClock } from '@rtp/core';
import { type MarketDay, SIMULATOR_CREDENTIALS, TokenDesk, totpCode } from '@rtp/exchange-simulator';
import {
  call,
  currentTotp,
  dayOf,
  type Exchange,
  FeedClient,
  mint,
  mintUrl,
  post,
  startExchange,
  withTempDir,
} from './harness.ts';

let day: MarketDay;
const exchanges: Exchange[] = [];

beforeAll(async () => {
  day = await dayOf({ generate: 3, seed: 5 });
});
afterAll(async () => {
  for (const exchange of exchanges) await exchange.close();
});

async function exchangeAt(time: string): Promise<Exchange> {
  const exchange = await startExchange(day, time);
  exchanges.push(exchange);
  return exchange;
}

const profile = (exchange: Exchange, token: string) =>
  call(`${exchange.url}/v2/profile`, { headers: { 'access-token': token } });

test('TOTP codes are those of RFC 6238', () => {
  const secret = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ';
  const codeAt = (seconds: number): string => totpCode(secret, Math.floor(seconds / 30));
  expect(codeAt(59)).toBe('287082');
  expect(codeAt(1_111_111_109)).toBe('081804');
  expect(codeAt(1_234_567_890)).toBe('005924');
  expect(codeAt(20_000_000_000)).toBe('353130');
});

describe('minting a token', () => {
  test('answers with a JWT that lives 24 hours of market time and its end in IST', async () => {
    const exchange = await exchangeAt('08:00');
    const { status, json } = await call(mintUrl(exchange.url, currentTotp(exchange.clock)), { method: 'POST' });
    expect(status).toBe(200);
    expect(json).toMatchObject({ dhanClientId: '1000000001', givenPowerOfAttorney: false });
    expect(json.expiryTime).toBe('2026-11-21T08:00:00.000');
    const [header, claims] = (json.accessToken as string)
      .split('.')
      .slice(0, 2)
      .map((part) => JSON.parse(Buffer.from(part, 'base64url').toString()));
    expect(header).toEqual({ typ: 'JWT', alg: 'HS256' });
    const iat = exchange.clock.now() / 1_000;
    expect(claims).toEqual({
      iss: 'dhan',
      partnerId: '',
      iat,
      exp: iat + 86_400,
      tokenConsumerType: 'APP',
      userRegion: '',
      dhanClientId: '1000000001',
    });
  });

  test('fails as HTTP 200: wrong PIN, wrong code, a code used twice, too soon', async () => {
    const exchange = await exchangeAt('08:00');
    const tryMint = async (totp: string, pin?: string) => {
      const { status, json } = await call(mintUrl(exchange.url, totp, pin), { method: 'POST' });
      return [status, json.message ?? 'token'];
    };
    const code = currentTotp(exchange.clock);
    expect(await tryMint(code, '000000')).toEqual([200, 'Invalid Pin']);
    expect(await tryMint('000000')).toEqual([200, 'Invalid TOTP']);
    expect(await tryMint(code)).toEqual([200, 'token']);
    expect(await tryMint(code)).toEqual([200, 'Invalid TOTP']);
    await exchange.clock.advance(30_000);
    expect(await tryMint(currentTotp(exchange.clock))).toEqual([200, 'Token can be generated once every 2 minutes.']);
    await exchange.clock.advance(89_999);
    expect(await tryMint(currentTotp(exchange.clock))).toEqual([200, 'Token can be generated once every 2 minutes.']);
    await exchange.clock.advance(30_001);
    expect(await tryMint(currentTotp(exchange.clock))).toEqual([200, 'token']);
  });

  test('a code of the step before is still good, an older one is not', async () => {
    const exchange = await exchangeAt('08:00');
    const code = currentTotp(exchange.clock);
    await exchange.clock.advance(60_000);
    expect((await call(mintUrl(exchange.url, code), { method: 'POST' })).json.message).toBe('Invalid TOTP');
    const recent = currentTotp(exchange.clock);
    await exchange.clock.advance(30_000);
    expect((await call(mintUrl(exchange.url, recent), { method: 'POST' })).json.accessToken).toBeTruthy();
  });
});

describe('the live token', () => {
  test('opens the profile, which tells its end', async () => {
    const exchange = await exchangeAt('08:00');
    const { status, json } = await profile(exchange, await mint(exchange));
    expect(status).toBe(200);
    expect(json).toEqual({
      dhanClientId: '1000000001',
      tokenValidity: '21/11/2026 08:00',
      activeSegment: 'E, D, C, M, ',
      ddpi: 'Active',
      mtf: 'Active',
      dataPlan: 'Active',
      dataValidity: '2026-12-15 08:00:00.0',
    });
  });

  test('is one: a new mint ends the old one, and its feed sockets', async () => {
    const exchange = await exchangeAt('08:00');
    const old = await mint(exchange);
    const feed = await FeedClient.open(exchange.url, old);
    await exchange.clock.advance(121_000);
    const fresh = await mint(exchange);
    const refused = await profile(exchange, old);
    expect([refused.status, refused.json]).toEqual([
      400,
      { errorType: 'Order_Error', errorCode: 'DH-906', errorMessage: 'Invalid Token' },
    ]);
    expect((await profile(exchange, fresh)).status).toBe(200);
    await feed.closed;
    expect(feed.frames.at(-1)?.toString('hex')).toBe('320a0000000000002903');
  });

  test('expires after 24 hours of market time', async () => {
    const exchange = await exchangeAt('08:00');
    const token = await mint(exchange);
    await exchange.clock.advance(DAY_MS);
    const reply = await post(`${exchange.url}/v2/charts/intraday`, token, {});
    expect([reply.status, reply.json]).toEqual([
      401,
      {
        errorType: 'Invalid_Authentication',
        errorCode: 'DH-901',
        errorMessage: 'Client ID or user generated access token is invalid or expired.',
      },
    ]);
  });

  test('is not renewed: it was minted by PIN and TOTP', async () => {
    const exchange = await exchangeAt('08:00');
    const headers = { 'access-token': await mint(exchange), dhanClientId: '1000000001' };
    const get = await call(`${exchange.url}/v2/RenewToken`, { headers });
    expect([get.status, get.json.errorType, get.json.errorMessage]).toEqual([
      500,
      'INVALID_REQUEST',
      'Renewal of token not allowed for this token type',
    ]);
    const posted = await call(`${exchange.url}/v2/RenewToken`, { method: 'POST', headers });
    expect([posted.status, posted.json.errorCode]).toEqual([400, 'DH-905']);
  });

  test('survives a restart of the broker, which still minds its two minutes', async () => {
    await withTempDir(async (dir) => {
      const clock = new ManualClock(atIst('2026-11-20', '08:00'));
      const file = join(dir, 'token.json');
      const { clientId, pin } = SIMULATOR_CREDENTIALS;
      const minted = new TokenDesk(clock, file).mint(clientId, pin, currentTotp(clock));
      const token = 'token' in minted ? minted.token : '';
      const restarted = new TokenDesk(clock, file);
      expect(restarted.check(token, clientId)).toBe('valid');
      await clock.advance(60_000);
      expect(restarted.mint(clientId, pin, currentTotp(clock))).toHaveProperty('refusal');
      // A day replayed again begins before that mint.
      const earlier = new TokenDesk(new ManualClock(atIst('2026-11-20', '07:00')), file);
      const code = currentTotp(new ManualClock(atIst('2026-11-20', '07:00')));
      expect(earlier.mint(clientId, pin, code)).toHaveProperty('token');
    });
  });
});
