import { runChild, userStateDir, wallClockMs } from '@rtp/core';
import { createDhanClient, createFeedClient } from '@rtp/dhan';
import { createStoreClient } from '@rtp/store-client';
import { historyPorts } from './backfill/history-ports.ts';
import { readCredentials } from './credentials.ts';
import { startPipeline } from './start-pipeline.ts';

await runChild('pipeline', async (context) => {
  const { config, paths, clock, logger } = context;
  const { broker } = config;
  const client = createDhanClient({
    broker,
    credentials: readCredentials(process.env),
    clock,
    logger,
    tokenFile: paths.tokenFile,
    lease: { stateDir: userStateDir(process.env), dataDir: paths.dataDir },
    maxInFlight: config.performance.max_workers_data,
  });
  return startPipeline(context, {
    store: createStoreClient({ socketPath: paths.storeSocket }),
    client,
    history: historyPorts(paths),
    epoch: wallClockMs(),
    openFeed: (instruments, { builder, onOpen, onClose, onFailure }) =>
      createFeedClient({
        broker,
        instruments,
        token: (rejected) => client.feedCredentials(rejected),
        clock,
        logger,
        visitor: { quote: (packet) => builder.quote(packet) },
        onOpen,
        onClose,
        onFailure,
      }),
  });
});
