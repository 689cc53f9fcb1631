/**
 * The datagram socket on which a service manager hears from its service (sd_notify(3)).
 *
 * Node has no Unix datagrams. `node-unix-socket` brings them for paths and costs 9 MB, so that it is loaded only where a service
 * manager listens; it sends within the call. It cannot address the abstract namespace, and it is a binary that another
 * machine may lack: there systemd's own `systemd-notify` carries the words, a process for each message.
 */
import { createRequire } from 'node:module';
import { execa } from 'execa';

export interface NotifySocket {
  /** Sends lines of `NAME=value`. Nothing is thrown. */
  send(lines: readonly string[]): void;
  /** Closes the socket; later messages are dropped. */
  close(): void;
}

const TOOL_TIMEOUT_MS = 5_000;

/**
 * Opens the way to `address`: a path, or a name in the abstract namespace with `@` in front. `onProblem` is told, once, that
 * messages do not arrive.
 */
export function openNotifySocket(
  address: string,
  env: Readonly<Record<string, string | undefined>>,
  onProblem: (text: string) => void,
): NotifySocket {
  let isSound = true;
  const fail = (error: unknown): void => {
    if (!isSound) return;
    isSound = false;
    const [cause] = (error instanceof Error ? error.message : String(error)).split('\n');
    onProblem(`The service manager is not told how this system is: ${cause}.`);
  };
  if (!address.startsWith('@')) {
    try {
      return datagramSocket(address, fail);
    } catch {
      // No binary for this machine.
    }
  }
  return systemdNotify(address, env, fail);
}

function datagramSocket(path: string, fail: (error: unknown) => void): NotifySocket {
  // A CommonJS module, loaded at once: an import() would let the first message wait.
  const { DgramSocket } = createRequire(import.meta.url)('node-unix-socket') as typeof import('node-unix-socket');
  const socket = new DgramSocket();
  let isOpen = true;
  socket.on('error', fail);
  return {
    send: (lines) => {
      if (!isOpen) return;
      const message = Buffer.from(lines.join('\n'));
      try {
        socket.sendTo(message, 0, message.byteLength, path, (error) => {
          if (error) fail(error);
        });
      } catch (error) {
        fail(error);
      }
    },
    close: () => {
      isOpen = false;
      socket.close();
    },
  };
}

function systemdNotify(
  address: string,
  env: Readonly<Record<string, string | undefined>>,
  fail: (error: unknown) => void,
): NotifySocket {
  let isOpen = true;
  // One after the other: messages keep their order.
  let last: Promise<unknown> = Promise.resolve();
  return {
    send: (lines) => {
      if (!isOpen) return;
      last = last.then(async () => {
        const { failed, shortMessage } = await execa('systemd-notify', [`--pid=${process.pid}`, ...lines], {
          env: { PATH: env.PATH ?? '', NOTIFY_SOCKET: address },
          extendEnv: false,
          stdio: 'ignore',
          reject: false,
          timeout: TOOL_TIMEOUT_MS,
        });
        if (failed) fail(new Error(shortMessage));
      });
    },
    close: () => {
      isOpen = false;
    },
  };
}
