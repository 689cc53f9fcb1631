import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { dataPaths, projectRoot } from '@rtp/core';
import { createStoreClient, makeBatch, openCatalogue, openMarketData } from '@rtp/store-client';

const BATCH = makeBatch({ producerId: 'p', epoch: 1, seq: 1, tradingDate: '2016-09-30' }, {});
const COUNTS = { inserted: 0, revised: 0, confirmed: 0, ignored: 0, absences: 0, indicators: 0 };
const ACK = { commitSeq: 1, duplicate: false, ...COUNTS };

let directory: string;
let servers: Server[] = [];
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'rtp-client-'));
});
afterEach(() => {
  for (const server of servers) server.close();
  servers = [];
  rmSync(directory, { recursive: true });
});

async function serve(listener: RequestListener): Promise<string> {
  const socketPath = join(directory, 'store.sock');
  const server = createServer(listener);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(socketPath, resolve));
  return socketPath;
}

describe('a client', () => {
  test('says that nobody answers', async () => {
    const client = createStoreClient({ socketPath: join(directory, 'none.sock') });
    await expect(client.append(BATCH)).rejects.toMatchObject({ code: 'RTP_STORE_UNREACHABLE', exitCode: 75 });
    await client.close();
  });

  test('gives up waiting after its timeout', async () => {
    const socketPath = await serve(() => {});
    const client = createStoreClient({ socketPath, timeoutMs: 50 });
    await expect(client.dates()).rejects.toMatchObject({ code: 'RTP_STORE_UNREACHABLE' });
    await client.close();
  });

  test('takes a cut answer for none', async () => {
    const socketPath = await serve((_request, response) => {
      response.writeHead(200, { 'content-length': 100 });
      response.write('{');
      response.destroy();
    });
    const client = createStoreClient({ socketPath });
    await expect(client.append(BATCH)).rejects.toMatchObject({ code: 'RTP_STORE_UNREACHABLE' });
    await client.close();
  });

  test('passes on the error that the store names', async () => {
    const socketPath = await serve((_request, response) => {
      const error = { code: 'RTP_STORE_NOT_COMPLETE', message: '3 minutes are unknown', fix: 'wait' };
      response.writeHead(409).end(JSON.stringify({ error }));
    });
    const client = createStoreClient({ socketPath });
    await expect(client.seal('2016-09-30')).rejects.toMatchObject({
      code: 'RTP_STORE_NOT_COMPLETE',
      status: 409,
      message: '3 minutes are unknown',
      fix: 'wait',
    });
    await client.close();
  });

  test.each([
    ['an error without a name', 500, 'oops'],
    ['an answer that is not JSON', 200, 'oops'],
    ['an answer of another shape', 200, '{"commitSeq":-1}'],
  ])('does not believe %s', async (_, status, body) => {
    const socketPath = await serve((_request, response) => void response.writeHead(status).end(body));
    const client = createStoreClient({ socketPath });
    await expect(client.append(BATCH)).rejects.toMatchObject({ code: 'RTP_STORE_ANSWER_INVALID' });
    await client.close();
  });

  test('asks again when an idle connection was closed in the same instant', async () => {
    let connections = 0;
    let requests = 0;
    const socketPath = await serve((request, response) => {
      requests += 1;
      // The second request on the first connection meets a closed door.
      if (requests === 2) request.socket.destroy();
      else response.end(JSON.stringify(ACK));
    });
    servers[0]?.on('connection', () => {
      connections += 1;
    });
    const client = createStoreClient({ socketPath });
    expect(await client.append(BATCH)).toEqual(ACK);
    expect(await client.append(BATCH)).toEqual(ACK);
    expect([connections, requests]).toEqual([2, 3]);
    await client.close();
  });
});

describe('reading market data', () => {
  test('where nothing was ever stored is an error that says so', async () => {
    const paths = dataPaths(directory);
    for (const open of [openCatalogue, openMarketData]) {
      await expect(open(paths)).rejects.toMatchObject({ code: 'RTP_CATALOGUE_MISSING', exitCode: 64 });
    }
  });
});

test('importing the package loads neither the database nor the Arrow library', () => {
  const program = `const { registerHooks } = await import('node:module');
    const loaded = [];
    registerHooks({ load: (url, context, next) => { loaded.push(url); return next(url, context); } });
    await import('@rtp/store-client');
    console.log(JSON.stringify(loaded.filter((url) => /duckdb|flechette/.test(url))), loaded.length > 20);`;
  const options = { cwd: join(projectRoot, 'packages/pipeline'), encoding: 'utf8' } as const;
  const output = execFileSync(process.execPath, ['--no-warnings', '--input-type=module', '-e', program], options);
  expect(output).toBe('[] true\n');
});
