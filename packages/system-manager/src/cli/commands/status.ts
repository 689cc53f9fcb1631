import { type DataPaths, RtpError } from '@rtp/core';
import type { ControlStatus } from '../../control/contract.ts';
import { controlClient } from '../../control/control-client.ts';
import { type CommonOptions, cliContext } from '../cli-context.ts';
import { endWithReader } from '../reader-gone.ts';
import { commandOn } from '../start-screen.ts';
import { judge, statusScreen } from '../status-screen.ts';
import { watchScreen } from '../watch-screen.ts';

const EXIT_CODES = { ready: 0, 'not running': 3, degraded: 4 } as const;
/** The width of what is not shown on a terminal, such as a log or a mail. */
const PLAIN_COLUMNS = 80;
const WATCH_INTERVAL_SECONDS = 1;

export interface StatusOptions extends CommonOptions {
  readonly json?: boolean;
  readonly watch?: boolean;
  readonly interval?: number;
}

/** `rtp status`: exit code 0 all ready, 3 not running, 4 degraded, 1 error. With `--watch` 0, when interrupted. */
export async function statusCommand(options: StatusOptions): Promise<number> {
  endWithReader();
  const { paths } = cliContext(options);
  if (options.watch === true || options.interval !== undefined) {
    await watch(paths, (options.interval ?? WATCH_INTERVAL_SECONDS) * 1_000);
    return 0;
  }
  const status = await statusOf(paths);
  if (status === null) {
    const verdict = 'not running';
    if (options.json === true) write({ verdict, why: 'no system runs on these data', dataDir: paths.dataDir });
    else process.stdout.write(`${notRunning(paths).join('\n')}\n`);
    return EXIT_CODES[verdict];
  }
  const { verdict, why } = judge(status);
  if (options.json === true) write({ verdict, why, ...status });
  else process.stdout.write(`${statusScreen(status, columns()).join('\n')}\n`);
  return EXIT_CODES[verdict];
}

async function watch(paths: DataPaths, intervalMs: number): Promise<void> {
  const interrupted = new AbortController();
  process.once('SIGINT', () => interrupted.abort());
  const draw = async (): Promise<readonly string[]> => {
    try {
      const status = await statusOf(paths);
      return status === null ? notRunning(paths) : statusScreen(status, columns());
    } catch (error) {
      // A manager that starts, stops or hangs does not answer for a while: that is what is watched for.
      if (error instanceof RtpError && error.code === 'RTP_MANAGER_UNRESPONSIVE') return [error.message, error.fix];
      throw error;
    }
  };
  await watchScreen(draw, process.stdout, {
    intervalMs,
    signal: interrupted.signal,
    isDumb: process.env.TERM === 'dumb',
  });
}

const columns = (): number => process.stdout.columns ?? PLAIN_COLUMNS;

const notRunning = (paths: DataPaths): readonly string[] => [
  `Not running on ${paths.dataDir}.`,
  `Start it with: ${commandOn(paths, 'start')}`,
];

/** Null when no system runs on the data. Whatever else fails is exit code 1, so that a script can rely on the others. */
async function statusOf(paths: DataPaths): Promise<ControlStatus | null> {
  try {
    return await controlClient(paths).status();
  } catch (error) {
    if (!(error instanceof RtpError)) throw error;
    if (error.code === 'RTP_NOT_RUNNING') return null;
    const { code, message, fix, cause } = error;
    throw new RtpError(code, { summary: '', fix, exitCode: 1 }, message, { cause });
  }
}

function write(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
}
