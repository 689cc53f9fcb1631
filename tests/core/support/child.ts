import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { type ChildMessage, IPC_VERSION } from '@rtp/core';
import { bareEnvironment } from '../../lib/bare-environment.ts';

type MessageOf<Type extends ChildMessage['type']> = Extract<ChildMessage, { type: Type }>;

/** A fixture program under its manager's eyes: the test. */
export interface Child {
  readonly process: ChildProcess;
  /** The next message of one type from now on. Fails when the child ends first. */
  next<Type extends ChildMessage['type']>(type: Type): Promise<MessageOf<Type>>;
  tell(message: object): void;
  /** How it ended; standard error without the last newline. */
  readonly end: Promise<{ readonly exitCode: number | null; readonly stderr: string }>;
}

/** Starts a program with an IPC channel, as the system manager does. */
export function startChild(
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Child {
  const child = fork(program, [...args], {
    env: bareEnvironment(env),
    execArgv: [],
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  const chunks: string[] = [];
  child.stderr?.setEncoding('utf8').on('data', (chunk: string) => chunks.push(chunk));
  const end = (async () => {
    // Node never emits `close` for a child whose channel was closed from this side.
    const stderrEnds = child.stderr === null ? undefined : once(child.stderr, 'close');
    const [exitCode] = (await once(child, 'exit')) as [number | null];
    await stderrEnds;
    return { exitCode, stderr: chunks.join('').trimEnd() };
  })();
  return {
    process: child,
    end,
    next: (type) =>
      new Promise((resolve, reject) => {
        const look = (message: ChildMessage): void => {
          if (message.type !== type) return;
          child.off('message', look);
          resolve(message as MessageOf<typeof type>);
        };
        child.on('message', look);
        void end.then(({ exitCode, stderr }) => reject(new Error(`ended with ${exitCode}: ${stderr}`)));
      }),
    tell: (message) => void child.send({ v: IPC_VERSION, ...message }, () => {}),
  };
}
