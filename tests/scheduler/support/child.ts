import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  anchorNow,
  configSchema,
  dataPaths,
  IPC_VERSION,
  prepareDataDir,
  projectRoot,
  type SystemStatus,
} from '@rtp/core';
import { bareEnvironment } from '../../lib/bare-environment.ts';

/** A message of a child process, of whatever kind. */
export type ChildMessageLike = Readonly<Record<string, unknown>> & { readonly type: string };

export interface SpawnedChild {
  readonly process: ChildProcess;
  readonly messages: readonly ChildMessageLike[];
  /** Resolves with the first message, past or coming, that fits. */
  message(fits: (message: ChildMessageLike) => boolean): Promise<ChildMessageLike>;
  push(status: SystemStatus): void;
  shutdown(): void;
  readonly exited: Promise<{ readonly code: number | null; readonly stderr: string }>;
}

/** Prepares `dataDir` as the system manager would, the market standing at `marketNow` and running at real speed. */
export function prepareRun(dataDir: string, marketNow: number, config: Record<string, unknown>): void {
  const paths = dataPaths(dataDir);
  mkdirSync(dataDir, { recursive: true });
  prepareDataDir(paths);
  writeFileSync(paths.resolvedConfigFile, JSON.stringify(configSchema.parse(config)));
  writeFileSync(paths.clockAnchorFile, JSON.stringify(anchorNow(marketNow, 1)));
}

/** Starts a component's real program with an IPC channel, as the system manager does. */
export function spawnChild(name: 'scheduler' | 'monitor', dataDir: string): SpawnedChild {
  const main = join(projectRoot, 'packages', name, 'src/main.ts');
  const child = spawn(process.execPath, [main, '--data-dir', dataDir], {
    env: bareEnvironment(),
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  const messages: ChildMessageLike[] = [];
  const waiting = new Set<() => void>();
  let stderr = '';
  child.stderr?.on('data', (chunk) => {
    stderr += chunk;
  });
  child.on('message', (message) => {
    messages.push(message as ChildMessageLike);
    for (const look of waiting) look();
  });
  const exited = (async () => {
    // `close` never comes after `disconnect()`, so the end of each part is awaited by itself.
    const stderrEnds = child.stderr === null ? undefined : once(child.stderr, 'close');
    const [code] = (await once(child, 'exit')) as [number | null];
    await stderrEnds;
    return { code, stderr };
  })();
  return {
    process: child,
    messages,
    exited,
    message: (fits) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          const found = messages.find(fits);
          if (found === undefined) return;
          waiting.delete(look);
          resolve(found);
        };
        waiting.add(look);
        void exited.then(({ code }) => reject(new Error(`${name} ended with ${code}: ${stderr}`)));
        look();
      }),
    push: (status) => child.send({ v: IPC_VERSION, type: 'system', status }),
    shutdown: () => child.send({ v: IPC_VERSION, type: 'shutdown', reason: 'test', deadlineMs: 5_000 }),
  };
}
