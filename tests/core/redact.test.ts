import { describe, expect, test } from '@jest/globals';
import { coreErrors, redact, redactText, registerSecret } from '@rtp/core';

const JWT = 'eyJhbGciOiJIUzI1NiJ9.eyJkaGFuQ2xpZW50SWQiOiIxIn0.c2lnbmF0dXJl-_x';
const hidden = '[redacted]';

describe('redaction by key', () => {
  test.each([
    'token',
    'access_token',
    'accessToken',
    'dhanApiToken',
    'secret',
    'totpSecret',
    'TOTP',
    'pin',
    'dhanPin',
    'dhan_pin',
    'PIN',
    'password',
    'smtp_password',
    'authorization',
    'Authorization',
    'slackWebhookUrl',
    'apiKey',
    'api_key',
    'cookie',
  ])('hides what stands under %s', (key) => {
    expect(redact({ [key]: 'x' })).toEqual({ [key]: hidden });
    expect(redact({ [key]: 123456 })).toEqual({ [key]: hidden });
    expect(redact({ [key]: { inner: ['x'] } })).toEqual({ [key]: hidden });
  });

  test('leaves words that merely contain them, measures, flags and nothing', () => {
    const harmless = {
      ping: 'x',
      mapping: 'x',
      spinning: 1,
      tokenExpiresAt: 5,
      token_renewal_margin_ms: 6,
      hasToken: true,
      token: null,
      pin: '',
    };
    expect(redact(harmless)).toEqual(harmless);
  });

  test('reaches into lists, maps, sets and depth', () => {
    const value = { a: [{ b: new Map([['pin', '1234']]) }], c: new Set([{ token: 'x' }]) };
    expect(redact(value)).toEqual({ a: [{ b: { pin: hidden } }], c: [{ token: hidden }] });
  });
});

describe('redaction by value', () => {
  test('hides registered secrets anywhere in any text, as such and as part of a URL', () => {
    registerSecret('p@ss/word+1');
    expect(redactText('login p@ss/word+1 failed')).toBe(`login ${hidden} failed`);
    expect(redactText('GET /x?y=p%40ss%2Fword%2B1')).toBe(`GET /x?y=${hidden}`);
    expect(redact({ note: ['p@ss/word+1'], 'p@ss/word+1': 1 })).toEqual({ note: [hidden], [hidden]: 1 });
  });

  test.each([
    ['a form', 'pw=two+words+%26+more%21'],
    ['base64', 'pw:dHdvIHdvcmRzICYgbW9yZSE='],
    ['base64 for a URL', 'pw:dHdvIHdvcmRzICYgbW9yZSE'],
  ])('hides a registered secret in %s', (_form, text) => {
    registerSecret('two words & more!');
    expect(redactText(text)).toMatch(/^pw[=:]\[redacted\]=?$/);
  });

  test('hides a number only where it stands alone', () => {
    registerSecret('445566');
    expect(redactText('pin 445566, volume 14455660, price 2.445566')).toBe(
      `pin ${hidden}, volume 14455660, price 2.445566`,
    );
    expect(redact({ a: 445566, b: 4455660 })).toEqual({ a: hidden, b: 4455660 });
  });

  test('prefers the longest of secrets that contain each other', () => {
    registerSecret('abcd');
    registerSecret('abcd-efgh');
    expect(redactText('abcd-efgh abcd')).toBe(`${hidden} ${hidden}`);
  });

  test('ignores values too short to be told from text', () => {
    registerSecret('abc');
    registerSecret('');
    registerSecret(undefined);
    expect(redactText('abc abc')).toBe('abc abc');
  });

  test.each([
    [`token ${JWT}.`, `token ${hidden}.`],
    [`{"accessToken":"${JWT}"}`, `{"accessToken":"${hidden}"}`],
    ['Authorization: Bearer abc.def-123', `Authorization: Bearer ${hidden}`],
    ['wss://feed?version=2&token=abc%20d&clientId=1', `wss://feed?version=2&token=${hidden}&clientId=1`],
    [
      '/generateAccessToken?dhanClientId=1&pin=1234&totp=654321',
      `/generateAccessToken?dhanClientId=1&pin=${hidden}&totp=${hidden}`,
    ],
    ['smtp://me:hunter2@mail.example:25', `smtp://me:${hidden}@mail.example:25`],
    ['https://hooks.slack.com/services/T0/B0/xyz failed', `https://hooks.slack.com/${hidden} failed`],
  ])('hides what looks like a credential: %s', (text, clean) => {
    expect(redactText(text)).toBe(clean);
  });

  test.each(['eyJust a word', 'spin=1', 'at 2016-09-30T09:15:00+05:30', 'http://127.0.0.1:8000/data/TCS'])(
    'leaves %s',
    (text) => {
      expect(redactText(text)).toBe(text);
    },
  );
});

describe('values that JSON cannot hold', () => {
  test('errors become their parts, with causes, cleaned in message and stack', () => {
    registerSecret('very-secret-value');
    const cause = Object.assign(new Error('very-secret-value refused'), { code: 'EAUTH', password: 'x' });
    const error = coreErrors.create('RTP_DATA_DIR_UNWRITABLE', 'with very-secret-value', { cause });
    const clean = redact({ error }) as { error: Record<string, unknown> };
    expect(clean.error).toMatchObject({
      code: 'RTP_DATA_DIR_UNWRITABLE',
      message: `with ${hidden}`,
      cause: { code: 'EAUTH', password: hidden, message: `${hidden} refused` },
    });
    expect(JSON.stringify(clean)).not.toContain('very-secret-value');
    expect(JSON.stringify(clean)).toContain('redact.test.ts');
  });

  test('cycles, depth, big integers, dates, bytes and functions are shown briefly', () => {
    const cyclic: Record<string, unknown> = {
      big: 5n,
      when: new Date(0),
      bytes: new Uint8Array(3),
      url: new URL('http://a/?token=x'),
    };
    cyclic.self = cyclic;
    let deep: unknown = 'end';
    for (let level = 0; level < 20; level += 1) deep = { deep };
    expect(redact(cyclic)).toEqual({
      big: '5',
      when: '1970-01-01T00:00:00.000Z',
      bytes: '[3 bytes]',
      url: `http://a/?token=${hidden}`,
      self: '[circular]',
    });
    expect(JSON.stringify(redact(deep))).toContain('[deep]');
    expect(typeof redact(() => 1)).toBe('string');
    expect(redact({ a: undefined })).toEqual({});
  });

  test('a value that stands in two places is no cycle', () => {
    const shared = { x: 1 };
    expect(redact([shared, shared])).toEqual([{ x: 1 }, { x: 1 }]);
  });
});
