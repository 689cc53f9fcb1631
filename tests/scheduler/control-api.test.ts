import { createServer } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { coreErrors, serveHttp } from '@rtp/core';
import { ROUTES } from '@rtp/scheduler';
import { ControlRig, HTTP_LIMITS } from './support/control-rig.ts';
import { rawHttp } from './support/raw-http.ts';

const LIMITS = HTTP_LIMITS;
let rig: ControlRig;

beforeEach(async () => {
  rig = await new ControlRig().start();
});
afterEach(() => rig.stop());

/** A JSON body, of whatever shape. */
const json = async (answer: Response): Promise<Record<string, { code?: string } & { path: string }[]>> =>
  JSON.parse(await answer.text());
const get = (path: string, init: RequestInit = {}) => rig.fetch(path, { token: null, ...init });
const request = (line: string, ...headers: string[]) =>
  rawHttp(rig.port, `${[line, ...headers, 'Connection: close'].join('\r\n')}\r\n\r\n`);

describe('routes', () => {
  test('GET / says what this is and lists every route', async () => {
    const body = await json(await get('/'));
    expect(body).toMatchObject({ name: 'RTP control API', version: '9.8.7' });
    expect(body.routes?.map((route) => route.path)).toEqual(ROUTES.map(({ path }) => path));
  });

  test('GET /status answers with what the scheduler knows', async () => {
    const answer = await get('/status');
    expect(answer.status).toBe(200);
    expect(await answer.json()).toMatchObject({
      market: { phase: 'open' },
      scheduler: { health_status: 'healthy', health_score: { score: 100 } },
      pipeline: { stats: { errors: 0, last_data_update: null } },
    });
  });

  test('GET /health is 200 when healthy and 503 with the reasons when not', async () => {
    expect((await get('/health')).status).toBe(200);
    rig.health = { status: 'failed', reasons: ['store is backoff: killed'] };
    const answer = await get('/health');
    expect(answer.status).toBe(503);
    expect(await answer.json()).toEqual(rig.health);
  });

  test('HEAD is answered like GET, without a body', async () => {
    const answer = await get('/health', { method: 'HEAD' });
    expect(answer.status).toBe(200);
    expect(await answer.text()).toBe('');
  });

  test('answers are not cached, not sniffed and not framed', async () => {
    const { headers } = await get('/status');
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(headers.get('x-powered-by')).toBeNull();
    expect(headers.get('access-control-allow-origin')).toBeNull();
  });
});

describe('errors', () => {
  test.each(['/nothing', '/status/extra', '/%2e%2e/etc/passwd', '/%E0%A4%A'])('%s is no route', async (path) => {
    const answer = await request(`GET ${path} HTTP/1.1`, `Host: localhost:${rig.port}`);
    expect(answer.status).toBe(404);
    expect(JSON.parse(answer.body).error).toMatchObject({
      code: 'RTP_HTTP_ROUTE_UNKNOWN',
      message: expect.any(String),
      fix: 'GET / lists the routes.',
    });
  });

  test.each(['POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'])('%s on a reading route is refused', async (method) => {
    const answer = await get('/status', { method });
    expect(answer.status).toBe(405);
    expect(answer.headers.get('allow')).toBe('GET, HEAD');
    expect((await json(answer)).error?.code).toBe('RTP_HTTP_METHOD_NOT_ALLOWED');
  });

  test('an unexpected failure is a 500 that keeps its details to the log', async () => {
    rig.failure = new Error('secret-canary in a stack');
    const answer = await get('/status');
    expect(answer.status).toBe(500);
    const text = await answer.text();
    expect(JSON.parse(text).error.code).toBe('RTP_HTTP_INTERNAL');
    expect(text).not.toContain('canary');
  });

  test('an expected failure speaks for itself', async () => {
    rig.failure = coreErrors.create('RTP_HTTP_REQUEST_TIMEOUT', 'took too long');
    const answer = await get('/status');
    expect(answer.status).toBe(408);
    expect((await json(answer)).error).toEqual({
      code: 'RTP_HTTP_REQUEST_TIMEOUT',
      message: 'took too long',
      fix: 'Send the whole request at once.',
    });
  });
});

describe('a hostile client', () => {
  test.each(['localhost', 'LOCALHOST:8001', '127.0.0.1', '127.0.0.1:1', '[::1]', '[::1]:8001'])(
    'host %s is this server',
    async (host) => {
      expect((await request('GET /health HTTP/1.1', `Host: ${host}`)).status).toBe(200);
    },
  );

  test.each([
    'evil.example',
    'evil.example:8001',
    'localhost.evil.example',
    '127.0.0.1.nip.io',
    'localhost:80@evil.example',
    'localhost:8001x',
    '0.0.0.0',
    '',
  ])('host "%s" is refused on every route: a web page may have rebound its name', async (host) => {
    for (const path of ['/', '/status', '/health', '/nothing']) {
      const answer = await request(`GET ${path} HTTP/1.1`, `Host: ${host}`);
      expect(answer.status).toBe(403);
      expect(JSON.parse(answer.body).error.code).toBe('RTP_HTTP_HOST_NOT_ALLOWED');
    }
  });

  test('a request without a host, or with two, is refused', async () => {
    expect((await request('GET /health HTTP/1.0')).status).toBe(403);
    expect((await request('GET /health HTTP/1.1')).status).toBe(400);
    expect((await request('GET /health HTTP/1.1', 'Host: localhost', 'Host: evil.example')).status).toBe(403);
  });

  test('an enormous URL is refused with a reason', async () => {
    const answer = await request(`GET /${'a'.repeat(100_000)} HTTP/1.1`, 'Host: localhost');
    expect(answer.status).toBe(431);
    expect(JSON.parse(answer.body).error.code).toBe('RTP_HTTP_REQUEST_TOO_LARGE');
  });

  test('a long but legal URL that matches nothing is not echoed in full', async () => {
    const answer = await request(`GET /${'a'.repeat(6_000)} HTTP/1.1`, 'Host: localhost');
    expect(answer.status).toBe(404);
    expect(answer.body.length).toBeLessThan(400);
  });

  test('bytes that are not HTTP are refused with a reason', async () => {
    const answer = await rawHttp(rig.port, '\u0016\u0003\u0001 hello\r\n\r\n');
    expect(answer.status).toBe(400);
    expect(JSON.parse(answer.body).error.code).toBe('RTP_HTTP_REQUEST_INVALID');
  });

  test('a client that never ends its headers is cut off', async () => {
    const answer = await rawHttp(rig.port, 'GET /health HTTP/1.1\r\nHost: localhost\r\nX-Slow: ');
    expect(answer.status).toBe(408);
    expect(JSON.parse(answer.body).error.code).toBe('RTP_HTTP_REQUEST_TIMEOUT');
  });

  test('connections that say nothing are cut off and make room for others', async () => {
    const silent = Array.from({ length: LIMITS.maxConnections }, () => rawHttp(rig.port, ''));
    const answers = await Promise.all(silent);
    expect(answers.every(({ status }) => status === 408)).toBe(true);
    expect((await get('/health')).status).toBe(200);
  });

  test('none of it keeps the next client from being served', async () => {
    await Promise.all(Array.from({ length: 10 }, () => rawHttp(rig.port, 'nonsense\r\n\r\n')));
    expect((await get('/health')).status).toBe(200);
  });
});

describe('listening', () => {
  test('a port in use is an error that names its holder and ends the process with 78', async () => {
    const { port } = rig;
    await expect(serveHttp(() => {}, { host: '127.0.0.1', port, ...LIMITS })).rejects.toMatchObject({
      code: 'RTP_PORT_IN_USE',
      exitCode: 78,
      message: expect.stringContaining(`process ${process.pid} (`),
    });
  });

  test('an address of no interface of this machine is a configuration error', async () => {
    await expect(serveHttp(() => {}, { host: '192.0.2.1', port: 0, ...LIMITS })).rejects.toMatchObject({
      code: 'RTP_ADDRESS_UNUSABLE',
      exitCode: 78,
    });
  });

  test('closing cuts a connection that would never end', async () => {
    const other = await serveHttp(() => {}, { host: '127.0.0.1', port: 0, ...LIMITS, requestTimeoutMs: 60_000 });
    const hanging = rawHttp(other.port, 'GET / HTTP/1.1\r\nHost: localhost\r\n\r\n').catch(() => null);
    await other.close(50);
    await hanging;
    const again = createServer();
    await new Promise<void>((resolve) => again.listen(other.port, '127.0.0.1', resolve));
    await new Promise((resolve) => again.close(resolve));
  });
});
