import { createRequire } from 'node:module';
import { join } from 'node:path';
import { type RealTimer, realDelay, realInterval } from '@rtp/core';

/** The other end of NOTIFY_SOCKET: a real datagram socket that keeps what it hears. */
export interface NotifyReceiver {
  readonly path: string;
  /** Lines heard so far, in order, of all messages. */
  readonly lines: readonly string[];
  /** Resolves once a line satisfies `predicate`; rejects after a generous while. */
  hears(predicate: (line: string) => boolean): Promise<string>;
  close(): void;
}

export function notifyReceiver(dir: string): NotifyReceiver {
  const { DgramSocket } = createRequire(import.meta.url)('node-unix-socket') as typeof import('node-unix-socket');
  const path = join(dir, 'notify.sock');
  const lines: string[] = [];
  const socket = new DgramSocket();
  socket.on('error', () => {});
  socket.on('data', (data: Buffer) => lines.push(...data.toString().split('\n')));
  socket.bind(path);
  // The addon emits from outside of Node's own callbacks: what it has put off runs with the next of them.
  const pump: RealTimer = realInterval(5, () => {});
  return {
    path,
    lines,
    hears: async (predicate) => {
      for (let waited = 0; ; waited += 10) {
        const found = lines.find(predicate);
        if (found !== undefined) return found;
        if (waited > 20_000) throw new Error(`heard only ${lines.join(' | ')}`);
        await realDelay(10);
      }
    },
    close: () => {
      pump.cancel();
      socket.close();
    },
  };
}
