import { styleText } from 'node:util';
import { describeError, istTimeOf, monotonicMs, RtpError } from '@rtp/core';
import { controlClient } from '../../control/control-client.ts';
import { managerErrors } from '../../errors.ts';
import type { Notice, RunningSystem } from '../../system/start-options.ts';
import { startSystem } from '../../system/start-system.ts';
import { onStopSignals } from '../../system/stop-signals.ts';
import { productVersion } from '../../system/version.ts';
import { serviceNotifier } from '../../systemd/service-notifier.ts';
import { cliContext } from '../cli-context.ts';
import { type StartFlags, simulationOnlyFlags, startOptionsOf } from '../start-flags.ts';
import { describeSystem, whereToLook } from '../start-screen.ts';
import { startDetached, tellStarter } from './start-detached.ts';

/** `rtp start`: this process becomes the system manager until it is stopped. */
export async function startCommand(flags: StartFlags): Promise<number> {
  const options = startOptionsOf(flags);
  refuseIdleFlags(flags);
  if (flags.reset === true && (await rearmRunning(flags))) return 0;
  if (flags.detach === true) return startDetached(process.argv.slice(2));

  const interrupted = new AbortController();
  const out = (line: string): void => void process.stdout.write(`${line}\n`);
  let system: RunningSystem | undefined;
  const print = (notice: Notice): void => {
    const time = system === undefined ? '' : `${styleText('dim', istTimeOf(system.clock.now()))}  `;
    out(`${time}${notice.level === 'warn' ? styleText('yellow', notice.text) : notice.text}`);
  };
  const service = serviceNotifier({ env: process.env, onProblem: (text) => print({ level: 'warn', text }) });
  const stopListening = onStopSignals({
    stop: (reason) => {
      service?.stopping();
      interrupted.abort(new Error(reason));
      void system?.stop(reason);
    },
    ignored: () => out('Already stopping; Ctrl+C again in a few seconds kills what is left.'),
    force: () => {
      if (system === undefined) process.exit(1);
      system.forceStop();
    },
    reload: () => {
      if (system === undefined) print({ level: 'warn', text: 'SIGHUP while starting: nothing is read again.' });
      else void reloadOnSignal(system, print);
    },
  });
  // Whoever reads the lines may go away; the system goes on.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
  try {
    out(styleText('bold', `RTP ${productVersion()} starts`));
    const begin = monotonicMs();
    const onNotice = (notice: Notice): void => {
      print(notice);
      service?.tell(notice.text);
    };
    system = await startSystem({ ...options, signal: interrupted.signal, onNotice });
    service?.follow(system);
    out(`Ready in ${((monotonicMs() - begin) / 1_000).toFixed(1)} s: ${describeSystem(system)}`);
    const where = whereToLook(system);
    for (const line of [...where, 'Ctrl+C stops everything in order.']) out(line);
    tellStarter([...where, '`rtp stop` stops everything in order.']);
    return await system.stopped;
  } finally {
    stopListening();
    service?.close();
  }
}

/** The same as `rtp reload`, with nobody to answer to but the log and whoever looks at the screen. */
async function reloadOnSignal(system: RunningSystem, print: (notice: Notice) => void): Promise<void> {
  try {
    await system.reload();
  } catch (error) {
    const text = `SIGHUP changed nothing. ${describeError(error)}`;
    system.logger.warn(text);
    print({ level: 'warn', text });
  }
}

/** Flags that would do nothing are an error, not a silence. */
function refuseIdleFlags(flags: StartFlags): void {
  const idle = simulationOnlyFlags(flags);
  if (idle.length === 0) return;
  const { source } = flags.source === undefined ? cliContext(flags).config : { source: flags.source };
  if (source === 'simulator') return;
  const verb = idle.length === 1 ? 'needs' : 'need';
  throw managerErrors.create(
    'RTP_USAGE',
    `${idle.join(', ')} ${verb} --source simulator: the broker has one day, today.`,
  );
}

/** Starts those components of a running system afresh that were given up. False when none runs. */
async function rearmRunning(flags: StartFlags): Promise<boolean> {
  const { paths } = cliContext(flags);
  try {
    const rearmed = await controlClient(paths).rearm();
    const what = rearmed.length === 0 ? 'no component was given up' : `started afresh: ${rearmed.join(', ')}`;
    process.stdout.write(`The system of ${paths.dataDir} runs; ${what}.\n`);
    return true;
  } catch (error) {
    if (error instanceof RtpError && error.code === 'RTP_NOT_RUNNING') return false;
    throw error;
  }
}
