import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { configSchema, type DataPaths, dataPaths, projectRoot, type RtpConfig } from '@rtp/core';
import { createStoreClient, type StoreClient } from '@rtp/store-client';
import { bareEnvironment } from '../../lib/bare-environment.ts';
import { DATE } from './fixtures.ts';

export interface StoreProcess {
  readonly paths: DataPaths;
  readonly client: StoreClient;
  readonly child: ChildProcess;
  /** Everything it wrote to standard error. */
  stderr(): string;
  /** Ends it at once, as a crash would; resolves when it is gone. */
  kill(): Promise<void>;
  /** Asks it to stop; resolves with its exit code. */
  stop(): Promise<number | null>;
}

/** Prepares the run folder as the system manager does: a virtual clock at 18:00 of the test's date, ten minutes of session. */
export function prepareRun(dataDir: string, config: Partial<RtpConfig['store']> = {}): void {
  const paths = dataPaths(dataDir);
  mkdirSync(paths.runDir, { recursive: true });
  const resolved = configSchema.parse({ data_api: { port: 0 }, store: config });
  writeFileSync(paths.resolvedConfigFile, JSON.stringify(resolved));
  writeFileSync(
    paths.calendarOverlayFile,
    JSON.stringify({ date: DATE, name: 'recorded day', windows: [['09:15', '15:30']], closing_auction_symbols: [] }),
  );
}

/** Starts the store as a process of its own and waits until it serves. */
export async function startStoreProcess(dataDir: string): Promise<StoreProcess> {
  const paths = dataPaths(dataDir);
  const program = join(projectRoot, 'packages/store/src/main.ts');
  const child = spawn(process.execPath, [program, '--data-dir', dataDir], {
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    env: bareEnvironment({ NODE_OPTIONS: '--no-warnings' }),
  });
  let stderr = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const exited = once(child, 'exit');
  await Promise.race([
    new Promise<void>((resolve) => {
      child.on('message', (message: { type?: string }) => message.type === 'ready' && resolve());
    }),
    exited.then(([code]) => {
      throw new Error(`the store exited with ${code}: ${stderr}`);
    }),
  ]);
  const client = createStoreClient({ socketPath: paths.storeSocket, timeoutMs: 10_000 });
  return {
    paths,
    client,
    child,
    stderr: () => stderr,
    kill: async () => {
      child.kill('SIGKILL');
      await exited;
      await client.close();
    },
    stop: async () => {
      child.send({ v: 1, type: 'shutdown', reason: 'test', deadlineMs: 10_000 });
      const [code] = (await exited) as [number | null];
      await client.close();
      return code;
    },
  };
}
