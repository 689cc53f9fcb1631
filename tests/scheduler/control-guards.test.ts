import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from '@jest/globals';
import { configKeys, configSchema, dataPaths, ensureApiToken, loadConfig, readApiToken, realDelay } from '@rtp/core';
import { configView, ROUTES, TOLD_KEYS } from '@rtp/scheduler';
import { ControlRig, type RigOptions, TOKEN } from './support/control-rig.ts';
import { rawHttp } from './support/raw-http.ts';

const rigs: ControlRig[] = [];
const dirs: string[] = [];
afterEach(async () => {
  await Promise.all(rigs.splice(0).map((rig) => rig.stop()));
  for (const dir of dirs.splice(0)) rmSync(dir, { recursive: true, force: true });
});

async function started(options: RigOptions = {}): Promise<ControlRig> {
  const rig = await new ControlRig(options).start();
  rigs.push(rig);
  return rig;
}

function dataDir(): ReturnType<typeof dataPaths> {
  const dir = mkdtempSync(join(tmpdir(), 'rtp-token-'));
  dirs.push(dir);
  const paths = dataPaths(dir);
  mkdirSync(paths.runDir);
  return paths;
}

const codeOf = async (answer: Response): Promise<string> =>
  ((await answer.json()) as { error: { code: string } }).error.code;

describe('the token', () => {
  test('is needed for everything that changes something and for the configuration, and for nothing else', async () => {
    const rig = await started();
    for (const { method, path, needsToken } of ROUTES) {
      if (path === '/events' || path.includes('{')) continue;
      const answer = await rig.fetch(path, { method: method.toUpperCase(), token: null });
      expect([path, answer.status === 401]).toEqual([path, needsToken]);
      expect(needsToken).toBe(method === 'post' || path === '/config');
      if (!needsToken) continue;
      expect(answer.headers.get('www-authenticate')).toBe('Bearer realm="rtp"');
      expect(await codeOf(answer)).toBe('RTP_API_TOKEN_REQUIRED');
    }
  });

  test.each(['', 'x', TOKEN.slice(1), `${TOKEN}x`, TOKEN.toUpperCase(), '☃'])(
    '"%s" is not the right one',
    async (token) => {
      const rig = await started();
      const answer = await rawHttp(
        rig.port,
        `POST /stop HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${token}\r\nConnection: close\r\n\r\n`,
      );
      expect(answer.status).toBe(401);
      expect(rig.operations.all).toEqual([]);
    },
  );

  test('is needed for every route but /health when the address is public', async () => {
    const rig = await started({ host: '0.0.0.0' });
    expect((await rig.fetch('/health', { token: null })).status).toBe(200);
    for (const path of ['/', '/status', '/metrics', '/openapi.json', '/operations', '/events']) {
      expect([path, (await rig.fetch(path, { token: null })).status]).toEqual([path, 401]);
    }
    expect((await rig.fetch('/status')).status).toBe(200);
    // Others address this machine by its name.
    const request = `GET /status HTTP/1.1\r\nHost: ${hostname()}:8001\r\nAuthorization: Bearer ${TOKEN}\r\nConnection: close\r\n\r\n`;
    expect((await rawHttp(rig.port, request)).status).toBe(200);
  });

  test('is generated once, for its owner alone, and read again', () => {
    const paths = dataDir();
    expect(readApiToken(paths, undefined)).toBeNull();
    const token = ensureApiToken(paths, undefined);
    expect(token.length).toBeGreaterThanOrEqual(43);
    expect(statSync(paths.apiTokenFile).mode & 0o777).toBe(0o600);
    expect(ensureApiToken(paths, undefined)).toBe(token);
    expect(readApiToken(paths, undefined)).toBe(token);
    expect(readApiToken(paths, 'given-by-the-owner')).toBe('given-by-the-owner');
  });

  test('is refused where others may read it, where it is a link, and where it is too short', () => {
    const paths = dataDir();
    ensureApiToken(paths, undefined);
    chmodSync(paths.apiTokenFile, 0o644);
    expect(() => ensureApiToken(paths, undefined)).toThrow(/open to others \(mode 644\)/);
    rmSync(paths.apiTokenFile);
    writeFileSync(join(paths.dataDir, 'elsewhere'), 'not for us at all, thanks\n', { mode: 0o600 });
    symlinkSync(join(paths.dataDir, 'elsewhere'), paths.apiTokenFile);
    expect(() => ensureApiToken(paths, undefined)).toThrow(/symbolic link/);
    expect(readFileSync(join(paths.dataDir, 'elsewhere'), 'utf8')).toContain('not for us');
    expect(() => readApiToken(paths, 'short')).toThrow(/RTP_API_TOKEN must be at least 16/);
  });
});

describe('a public address', () => {
  const load = (control_api: object) =>
    loadConfig({
      file: join(import.meta.dirname, '../system-manager/fixtures/empty-config.json'),
      flags: { control_api },
      env: {},
      dotenvFile: null,
    });

  test.each(['0.0.0.0', '::', '192.168.1.5', 'example.org'])('%s is refused without allow_public', (host) => {
    expect(() => load({ host })).toThrow(/control_api\.host.*--allow-public/);
    expect(load({ host, allow_public: true }).config.control_api.host).toBe(host);
  });

  test.each(['127.0.0.1', '127.1.2.3', 'localhost', '::1'])('%s is none', (host) => {
    expect(load({ host }).config.control_api.host).toBe(host);
  });
});

describe('a web page', () => {
  test.each(['http://evil.example', 'null', 'https://localhost', 'http://localhost:1'])(
    'of origin %s is refused, whatever it has',
    async (origin) => {
      const rig = await started();
      for (const [method, path] of [
        ['GET', '/status'],
        ['POST', '/stop'],
      ] as const) {
        const answer = await rig.fetch(path, { method, headers: { origin } });
        expect(answer.status).toBe(403);
        expect(await codeOf(answer)).toBe('RTP_HTTP_ORIGIN_NOT_ALLOWED');
      }
      expect(rig.operations.all).toEqual([]);
    },
  );

  test.each(['cross-site', 'same-site', 'nonsense'])('that the browser calls %s is refused', async (site) => {
    const rig = await started();
    const answer = await rig.fetch('/stop', { method: 'POST', headers: { 'sec-fetch-site': site } });
    expect(answer.status).toBe(403);
  });

  test('typed into the address bar is served', async () => {
    const rig = await started();
    expect((await rig.fetch('/status', { token: null, headers: { 'sec-fetch-site': 'none' } })).status).toBe(200);
  });
});

describe('a body', () => {
  const post = (rig: ControlRig, body: string, type: string): Promise<Response> =>
    rig.fetch('/stop', { method: 'POST', body, headers: { 'content-type': type } });

  test.each(['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data', 'application/jsonp'])(
    'of type %s is refused: a form could have sent it',
    async (type) => {
      const rig = await started();
      const answer = await post(rig, '{}', type);
      expect(answer.status).toBe(415);
      expect(await codeOf(answer)).toBe('RTP_HTTP_BODY_NOT_JSON');
      expect(rig.operations.all).toEqual([]);
    },
  );

  test('that is no JSON, no object, has keys that nobody knows or is too large is refused', async () => {
    const rig = await started();
    expect((await post(rig, '{', 'application/json')).status).toBe(415);
    expect((await post(rig, '[]', 'application/json')).status).toBe(400);
    expect((await post(rig, '{"force":true}', 'application/json')).status).toBe(400);
    expect((await post(rig, `{"x":"${'y'.repeat(2_000)}"}`, 'application/json')).status).toBe(413);
    expect(rig.operations.all).toEqual([]);
  });

  test('that is empty, or an empty object, is fine', async () => {
    const rig = await started();
    expect((await post(rig, '{}', 'application/json; charset=utf-8')).status).toBe(202);
    expect((await rig.fetch('/stop', { method: 'POST' })).status).toBe(202);
  });

  test.each(['wait=x', 'wait=-1', 'wait=1&wait=2', 'force=1'])('a query %s is refused', async (query) => {
    const rig = await started();
    const answer = await rig.fetch(`/stop?${query}`, { method: 'POST' });
    expect(answer.status).toBe(400);
    expect(rig.operations.all).toEqual([]);
  });
});

describe('too many requests', () => {
  test('of one address are refused with the time to wait, but /health is still served', async () => {
    const rig = await started({ perMinute: 3 });
    for (let count = 0; count < 3; count += 1) expect((await rig.fetch('/status')).status).toBe(200);
    const answer = await rig.fetch('/status');
    expect(answer.status).toBe(429);
    expect(await codeOf(answer)).toBe('RTP_HTTP_RATE_LIMITED');
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
    expect((await rig.fetch('/health')).status).toBe(200);
  });

  test('with a wrong token stop the guessing, never the owner, and reading goes on', async () => {
    const rig = await started({ wrongTokensPerMinute: 3 });
    const stop = (token: string): Promise<Response> => rig.fetch('/stop', { method: 'POST', token });
    for (let guess = 0; guess < 3; guess += 1) expect((await stop(`guess-number-${guess}-of-many`)).status).toBe(401);
    expect((await stop('one-more-guess-of-many')).status).toBe(429);
    expect((await stop(TOKEN)).status).toBe(202);
    expect((await rig.fetch('/status', { token: null })).status).toBe(200);
  });

  test('with the right token, at the same time, are no wrong ones', async () => {
    const rig = await started({ wrongTokensPerMinute: 2 });
    const waiting = Array.from({ length: 12 }, () => rig.fetch('/stop?wait=2', { method: 'POST' }));
    while (rig.operations.all.length === 0) await realDelay(5);
    rig.turn();
    expect((await Promise.all(waiting)).map(({ status }) => status)).toEqual(Array.from({ length: 12 }, () => 200));
  });

  test('that are refused do not fill the disk: the audit log counts what it does not write', async () => {
    const rig = await started();
    for (let count = 0; count < 150; count += 1) {
      await rig.fetch('/status', { headers: { origin: 'http://evil.example' } });
    }
    expect(rig.auditLines()).toHaveLength(120);
    await rig.fetch('/stop', { method: 'POST' });
    expect(rig.auditLines().at(-1)).toMatchObject({ message: 'POST /stop', status: 202, unlogged: 30 });
  });

  test('fifty clients that send their headers drop by drop keep nobody out for long', async () => {
    const rig = await started();
    const slow = Array.from({ length: 50 }, () =>
      rawHttp(rig.port, 'POST /stop HTTP/1.1\r\nHost: localhost\r\nX-Slow: ').catch(() => null),
    );
    await Promise.all(slow);
    expect((await rig.fetch('/health')).status).toBe(200);
  });
});

describe('the audit log', () => {
  test('has who changed what, and who was refused, and never the token', async () => {
    const rig = await started();
    await rig.fetch('/status');
    await rig.fetch('/stop', { method: 'POST', headers: { 'user-agent': 'rtp pipeline stop' } });
    await rig.fetch('/stop', { method: 'POST', token: 'a-wrong-token-that-is-long' });
    await rig.fetch('/status', { headers: { origin: 'http://evil.example' } });
    await rig.fetch('/restart', { method: 'POST' });
    expect(rig.auditLines()).toMatchObject([
      {
        message: 'POST /stop',
        status: 202,
        operation: rig.operations.all[0]?.id,
        by: 'rtp pipeline stop',
        address: '127.0.0.1',
      },
      { message: 'POST /stop', status: 401, code: 'RTP_API_TOKEN_WRONG' },
      { message: 'GET /status', status: 403, code: 'RTP_HTTP_ORIGIN_NOT_ALLOWED' },
      { message: 'POST /restart', status: 409, code: 'RTP_OPERATION_CONFLICT' },
    ]);
    expect(JSON.stringify(rig.auditLines())).not.toMatch(new RegExp(`${TOKEN}|a-wrong-token`));
  });
});

describe('the configuration that is told', () => {
  test('has the listed keys and no other, so that a new one is not told until somebody decides so', () => {
    const known = new Set(configKeys(configSchema).flatMap(({ path }) => [path, path.split('.')[0]]));
    expect(
      TOLD_KEYS.filter(
        (key) => !known.has(key) && !configKeys(configSchema).some(({ path }) => path.startsWith(`${key}.`)),
      ),
    ).toEqual([]);
    const view = configView(configSchema.parse({}));
    expect(Object.keys(view)).not.toContain('data_dir');
    expect(view.broker).toEqual({ chart_calls_per_second: 3, chart_calls_per_day: 7_000 });
    expect(JSON.stringify(view)).not.toMatch(/_url|_file|universe_file|"file"/);
  });
});
