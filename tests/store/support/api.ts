import { type RunningHttpServer, serveHttp, silentLogger } from '@rtp/core';
import { dataApp, internalApp } from '../../../packages/store/src/api/apps.ts';
import { serveUnixSocket } from '../../../packages/store/src/api/unix-server.ts';
import type { TestStore } from './fixtures.ts';

/** Serves a test store on a free port and on its socket. */
export async function serveTestStore(
  test: TestStore,
  maxRows = 1_000_000,
  maxValues = 3_000_000,
  stream = { heartbeatMs: 15_000, bufferBytes: 4_194_304 },
): Promise<{ readonly data: RunningHttpServer; close(): Promise<void> }> {
  const options = { store: test.store, logger: silentLogger, maxRows, maxValues, stream };
  const data = await serveHttp(dataApp(options, '127.0.0.1'), {
    host: '127.0.0.1',
    port: 0,
    requestTimeoutMs: 5_000,
    headersTimeoutMs: 5_000,
    maxHeaderBytes: 16_384,
    maxConnections: 32,
  });
  const socket = await serveUnixSocket(internalApp(options), test.paths.storeSocket);
  return {
    data,
    close: async () => {
      test.store.events.end();
      await Promise.all([data.close(100), socket.close(100)]);
    },
  };
}
