import { type ChildContext, monotonicMs, type RunningComponent, serveHttp } from '@rtp/core';
import { dataApp, internalApp } from './api/apps.ts';
import { serveUnixSocket } from './api/unix-server.ts';
import { Store } from './store.ts';

/** Longest that answers under way hold up a stop, real ms. */
const ANSWER_GRACE_MS = 2_000;

/**
 * The store process: opens the data directory, then serves its socket and the Data API. A fatal engine error ends
 * the process; the supervisor's fresh one replays what was committed.
 */
export async function startStore(context: ChildContext): Promise<RunningComponent<'store'>> {
  const { config, paths, clock, calendar, logger } = context;
  const store = await Store.open({
    paths,
    config: config.store,
    indicatorThreads: config.performance.max_workers_indicators,
    clock,
    calendar,
    logger,
    onFatal: (error) => context.exit(error),
    announce: (what) => context.announce(what, config.supervision.long_operation_max_ms),
  });
  try {
    const api = config.data_api;
    const options = {
      store,
      logger,
      maxRows: config.store.max_rows,
      maxValues: config.store.max_values,
      stream: { heartbeatMs: api.stream_heartbeat_ms, bufferBytes: api.stream_buffer_bytes },
    };
    const data = await serveHttp(dataApp(options, api.host), {
      host: api.host,
      port: api.port,
      requestTimeoutMs: api.request_timeout_ms,
      headersTimeoutMs: api.headers_timeout_ms,
      maxHeaderBytes: api.max_header_bytes,
      maxConnections: api.max_connections,
    });
    const internal = await serveUnixSocket(internalApp(options), paths.storeSocket);
    logger.info('serving', { dataApi: data.url, socket: paths.storeSocket });
    return {
      report: () => store.report(data.url),
      progress: () => store.report('').commits,
      stop: async ({ cause, deadline }) => {
        store.events.end();
        const grace = Math.max(0, Math.min(ANSWER_GRACE_MS, deadline - monotonicMs()));
        await Promise.all([internal.close(grace), data.close(grace)]);
        await store.close({ checkpoint: cause !== 'orphaned' && cause !== 'failed' });
      },
    };
  } catch (error) {
    await store.close({ checkpoint: false });
    throw error;
  }
}
