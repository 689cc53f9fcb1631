import {
  type BackfillJob,
  type DataPaths,
  isUnfinished,
  loadCalendar,
  newBackfillJob,
  type RtpConfig,
  RtpError,
  readBackfillJob,
  writeBackfillJob,
} from '@rtp/core';
import { controlClient } from '../../control/control-client.ts';
import { managerErrors } from '../../errors.ts';
import { type BackfillDisplay, humanDisplay, jsonDisplay } from '../backfill/display.ts';
import { asksForDates, checkRange, type RangeFlags, rangeOf } from '../backfill/range.ts';
import { watchBackfill } from '../backfill/watch.ts';
import { type CommonOptions, cliContext, configFileOf } from '../cli-context.ts';
import { endWithReader } from '../reader-gone.ts';
import { commandOn } from '../start-screen.ts';
import { startDetached } from './start-detached.ts';
import { stopCommand } from './stop.ts';

export interface BackfillOptions extends CommonOptions, RangeFlags {
  readonly symbols?: readonly string[];
  readonly cancel?: boolean;
  readonly json?: boolean;
}

const INTERRUPTED_EXIT_CODE = 130;

/**
 * `rtp backfill`: has the running system fetch past days, or one started for it, and shows how far it is. Exit code 0 done,
 * 1 failed, 130 left to go on by Ctrl+C.
 */
export async function backfillCommand(options: BackfillOptions): Promise<number> {
  endWithReader();
  const { config, paths } = cliContext(options);
  if (options.cancel === true) return cancel(paths);
  checkRange(options);
  const display = options.json === true ? jsonDisplay() : humanDisplay();
  const started = await ensureSystem(options, paths, display);
  if (started.exitCode !== 0) return started.exitCode;
  const job = await requested(options, config, paths).catch(async (error: unknown) => {
    if (started.isOurs) await stopCommand(options, display.tell);
    throw error;
  });
  display.tell(describe(job));
  const interrupt = new AbortController();
  const onSignal = (): void => interrupt.abort(new Error('interrupted'));
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, onSignal);
  try {
    const last = await watchBackfill(paths, job.id, display.show, interrupt.signal).finally(display.end);
    display.result(last);
    if (last.state === 'failed') throw managerErrors.create('RTP_BACKFILL_FAILED', last.note);
    if (last.state === 'cancelled') display.tell('It was given up; what is stored stays.');
    return last.state === 'done' ? 0 : 1;
  } catch (error) {
    if (!interrupt.signal.aborted) throw error;
    process.stderr.write(leftToGoOn(paths, started.isOurs));
    return INTERRUPTED_EXIT_CODE;
  } finally {
    if (started.isOurs && !interrupt.signal.aborted) await stopCommand(options, display.tell);
  }
}

function cancel(paths: DataPaths): number {
  const job = readBackfillJob(paths);
  if (job === null || !isUnfinished(job)) {
    process.stdout.write('No backfill is under way.\n');
    return 0;
  }
  writeBackfillJob(paths, { ...job, state: 'cancelled', note: 'given up by the owner' });
  process.stdout.write(`Given up: ${describe(job)} What is stored stays.\n`);
  return 0;
}

/** The job to watch: the one under way if it is what is asked for, else a new one. Errors: RTP_USAGE, RTP_BACKFILL_UNDER_WAY. */
async function requested(options: BackfillOptions, config: RtpConfig, paths: DataPaths): Promise<BackfillJob> {
  const job = underWay(paths);
  if (job !== null && !asksForDates(options) && options.symbols === undefined) return job;
  const { market } = await controlClient(paths).status();
  const calendar = loadCalendar({
    file: config.calendar.file,
    overlayFile: paths.calendarOverlayFile,
    marketHours: config.pipeline.market_hours,
  });
  const range = rangeOf(options, calendar, market.now);
  const symbols = options.symbols ?? null;
  if (job !== null) {
    if (job.from === range.from && job.to === range.to && sameSymbols(job, symbols)) return job;
    throw another(job);
  }
  const fresh = newBackfillJob(range.from, range.to, symbols, market.now);
  writeBackfillJob(paths, fresh);
  return fresh;
}

function underWay(paths: DataPaths): BackfillJob | null {
  const job = readBackfillJob(paths);
  return job !== null && isUnfinished(job) ? job : null;
}

const sameSymbols = ({ symbols }: BackfillJob, wanted: readonly string[] | null): boolean =>
  JSON.stringify(symbols?.toSorted()) === JSON.stringify(wanted?.toSorted());

function another(job: BackfillJob): RtpError {
  return managerErrors.create('RTP_BACKFILL_UNDER_WAY', `Another one is not finished: ${describe(job)}`);
}

function describe({ from, to, symbols }: BackfillJob): string {
  const whom = symbols === null ? 'the whole universe' : symbols.join(', ');
  return `Backfill of ${from === to ? from : `${from} to ${to}`}, ${whom}.`;
}

/** Starts a system where none runs. */
async function ensureSystem(
  options: BackfillOptions,
  paths: DataPaths,
  display: BackfillDisplay,
): Promise<{ readonly isOurs: boolean; readonly exitCode: number }> {
  try {
    await controlClient(paths).status();
    return { isOurs: false, exitCode: 0 };
  } catch (error) {
    if (!(error instanceof RtpError) || error.code !== 'RTP_NOT_RUNNING') throw error;
  }
  display.tell('No system runs: one is started for the backfill and stopped after it.');
  const configFile = configFileOf(options);
  const args = ['start', '--no-monitor', '--data-dir', paths.dataDir];
  if (configFile !== undefined) args.push('--config', configFile);
  return { isOurs: true, exitCode: await startDetached(args, () => {}) };
}

function leftToGoOn(paths: DataPaths, isOurs: boolean): string {
  const system = isOurs ? `\nSo does the system started for it; stop it with: ${commandOn(paths, 'stop')}` : '';
  return (
    `The backfill goes on. Watch it with: ${commandOn(paths, 'backfill')}\n` +
    `Give it up with: ${commandOn(paths, 'backfill --cancel')}${system}\n`
  );
}
