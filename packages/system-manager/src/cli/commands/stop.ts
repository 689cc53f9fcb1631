import { type DataPaths, identityOf, isAlive, monotonicMs, type ProcessIdentity, RtpError, realDelay } from '@rtp/core';
import { type ControlClient, controlClient } from '../../control/control-client.ts';
import { managerErrors } from '../../errors.ts';
import { findLockHolder } from '../../records/instance-lock.ts';
import { longestStopMs } from '../../system/time-limits.ts';
import { type CommonOptions, cliContext } from '../cli-context.ts';

const LOOK_INTERVAL_MS = 100;
/** Beyond the children's own stop timeouts. */
const MARGIN_MS = 10_000;

/** `rtp stop`: asks the system manager to stop and waits until it has. Nothing running is success. */
export async function stopCommand(options: CommonOptions, tell: (line: string) => void = print): Promise<number> {
  const { config, paths } = cliContext(options);
  const client = controlClient(paths);
  const holder = await findLockHolder(paths);
  const manager = holder === null ? null : identityOf(holder.pid);
  try {
    await client.stop('rtp stop');
  } catch (error) {
    if (!(error instanceof RtpError)) throw error;
    if (error.code === 'RTP_NOT_RUNNING') {
      tell(`Nothing runs on ${paths.dataDir}.`);
      return 0;
    }
    if (error.code !== 'RTP_MANAGER_UNRESPONSIVE') throw error;
    await signalHolder(paths, error);
  }
  await awaitEnd(paths, client, longestStopMs(config.supervision) + MARGIN_MS, tell);
  if (manager !== null) await awaitProcessEnd(manager);
  tell('Stopped.');
  return 0;
}

const print = (line: string): void => void process.stdout.write(`${line}\n`);

/** A manager that has no control socket yet takes the same wish as a signal; the kernel vouches for who holds the lock. */
async function signalHolder(paths: DataPaths, error: RtpError): Promise<void> {
  const holder = await findLockHolder(paths);
  if (holder === null) return;
  if (holder.pid === 0) throw error;
  process.kill(holder.pid, 'SIGTERM');
}

/** The lock goes a moment before the process. */
async function awaitProcessEnd(manager: ProcessIdentity): Promise<void> {
  const deadline = monotonicMs() + MARGIN_MS;
  while (isAlive(manager) && monotonicMs() < deadline) await realDelay(LOOK_INTERVAL_MS);
}

async function awaitEnd(
  paths: DataPaths,
  client: ControlClient,
  limitMs: number,
  tell: (line: string) => void,
): Promise<void> {
  const deadline = monotonicMs() + limitMs;
  let last = '';
  while ((await findLockHolder(paths)) !== null) {
    const status = await client.status().catch(() => null);
    const left = status?.components.filter((line) => line.pid !== null).map((line) => line.component) ?? [];
    const line = left.length === 0 ? '' : `Waiting for ${left.join(', ')}.`;
    if (line !== '' && line !== last) tell(line);
    last = line;
    if (monotonicMs() > deadline) {
      throw managerErrors.create('RTP_STOP_TIMEOUT', `${paths.dataDir} is still in use. ${line}`.trim());
    }
    await realDelay(LOOK_INTERVAL_MS);
  }
}
