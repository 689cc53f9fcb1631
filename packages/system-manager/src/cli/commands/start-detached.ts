import { spawn } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const CLI = join(dirname(fileURLToPath(import.meta.url)), '../../cli.ts');

/**
 * Runs the same command in a session of its own and waits until it is ready. Its errors are this command's errors.
 * Resolves with the exit code. `onReady` is given the started process and its lines for people.
 */
export function startDetached(
  args: readonly string[],
  onReady: (pid: number | undefined, lines: string) => void = tellReady,
): Promise<number> {
  const child = spawn(process.execPath, [CLI, ...args.filter((argument) => argument !== '--detach')], {
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  const pass = (signal: NodeJS.Signals): void => void child.kill(signal);
  process.on('SIGINT', pass);
  process.on('SIGTERM', pass);
  child.stderr?.pipe(process.stderr, { end: false });
  return new Promise((resolve) => {
    const leave = (exitCode: number): void => {
      process.removeListener('SIGINT', pass);
      process.removeListener('SIGTERM', pass);
      resolve(exitCode);
    };
    child.once('message', (lines) => {
      onReady(child.pid, String(lines));
      child.disconnect();
      child.stderr?.destroy();
      child.unref();
      leave(0);
    });
    child.once('error', () => leave(1));
    // 'close' comes after the last line of stderr.
    child.once('close', (code) => leave(code ?? 1));
  });
}

function tellReady(pid: number | undefined, lines: string): void {
  process.stdout.write(`Running in the background, pid ${pid}.\n${lines}\n`);
}

/** Tells the command that started this one in the background that all is ready. In the foreground nobody listens. */
export function tellStarter(lines: readonly string[]): void {
  if (!process.connected) return;
  process.send?.(lines.join('\n'), undefined, undefined, () => {
    process.disconnect?.();
  });
}
