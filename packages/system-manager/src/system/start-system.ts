import { resolve } from 'node:path';
import {
  COMPONENTS,
  type DataPaths,
  dataPaths,
  describeError,
  identityOf,
  type Logger,
  openLogger,
  type ProcessRole,
  prepareDataDir,
  projectRoot,
  wallClockMs,
  writeConfigOrigin,
} from '@rtp/core';
import type { ControlHistory, ControlStatus } from '../control/contract.ts';
import { openControlServer } from '../control/control-server.ts';
import { managerErrors } from '../errors.ts';
import { DeathLedger } from '../records/death-ledger.ts';
import { acquireInstanceLock } from '../records/instance-lock.ts';
import { removePidRecord, writePidRecord } from '../records/pid-record.ts';
import { clearEarlierRun } from '../records/survivors.ts';
import { loadInputs } from '../reload/reload-inputs.ts';
import { childPrograms } from './child-programs.ts';
import { marketView } from './market-view.ts';
import { resolveRun } from './resolve-run.ts';
import { ManagedSystem, type SystemParts } from './running-system.ts';
import type { RunningSystem, StartOptions } from './start-options.ts';
import { productVersion } from './version.ts';
import { warmCompileCache } from './warm-compile-cache.ts';

/**
 * Starts a whole system in this process and resolves once every component but the pipeline serves (that one follows
 * the scheduler's wish). Nothing is left behind when it fails.
 *
 * Errors: RTP_CONFIG_INVALID, RTP_CONFIG_UNREADABLE, RTP_CREDENTIALS_MISSING, RTP_DATA_DIR_UNWRITABLE,
 * RTP_DATA_DIR_OTHER_SOURCE, RTP_ALREADY_RUNNING, RTP_PORT_IN_USE, RTP_CALENDAR_INVALID, RTP_START_INTERRUPTED, those
 * of the simulated day, and those of a component that cannot start.
 */
export async function startSystem(options: StartOptions = {}): Promise<RunningSystem> {
  const signal = options.signal ?? new AbortController().signal;
  const onNotice = options.onNotice ?? (() => {});
  const env = options.env ?? process.env;
  const inputs = loadInputs(options);
  const { config: loaded } = inputs;
  const paths = dataPaths(resolve(projectRoot, loaded.data_dir));
  prepareDataDir(paths);
  const undo: (() => unknown)[] = [];
  const release = async (): Promise<void> => {
    for (const step of undo.splice(0).reverse()) await step();
  };

  try {
    const lock = await acquireInstanceLock(paths);
    undo.push(() => lock.release());
    const log = openLogger({ role: 'system-manager', logsDir: paths.logsDir, ...loaded.logging, console: false });
    undo.push(() => log.close());
    const records = recordKeeper(paths, log.logger);
    const warn = (text: string): void => {
      log.logger.warn(text);
      onNotice({ level: 'warn', text });
    };
    await clearEarlierRun(
      paths,
      { orphanExitMs: loaded.supervision.orphan_exit_ms, termTimeoutMs: loaded.supervision.term_timeout_ms },
      warn,
    );
    const ledger = new DeathLedger(paths, warn);
    if (options.reset === true) ledger.forgetAll('rtp start --reset');
    records.write('system-manager', process.pid);
    undo.push(() => records.remove('system-manager'));
    signal.throwIfAborted();
    const run = await resolveRun(loaded, paths, options, signal, onNotice);
    writeConfigOrigin(paths, inputs.file);
    log.logger.info('starting', { version: productVersion(), source: run.config.source, dataDir: paths.dataDir });

    const programsOf: SystemParts['programsOf'] = (config, brokerEnv) =>
      childPrograms({ config, paths, env, brokerEnv, apiToken: inputs.apiToken, overrides: options.programs });
    if (options.programs === undefined) {
      const programs = Object.values(programsOf(run.config, inputs.credentials));
      await warmCompileCache(programs, (text) => onNotice({ level: 'info', text }));
    }
    signal.throwIfAborted();
    const system: ManagedSystem = new ManagedSystem({
      ...run,
      paths,
      logger: log.logger,
      programsOf,
      loaded: inputs,
      load: () => loadInputs(options),
      setLogLevel: log.setLevel,
      ledger,
      onSpawned: (component, pid) => records.write(component, pid),
      onEnded: (component) => records.remove(component),
      onNotice,
      release,
    });
    const control = await openControlServer(paths.managerSocket, {
      status: () => controlStatus(system),
      history: () => controlHistory(system),
      rearm: (reason) => system.rearm(reason),
      restart: (component, reason) => system.beginRestart(component, reason),
      reload: () => system.reload(),
      stop: (reason) => void system.stop(reason),
    });
    undo.push(() => control.close());
    try {
      await system.begin(signal);
    } catch (error) {
      await system.stop(signal.aborted ? describeError(signal.reason) : 'the start failed');
      throw error;
    }
    return system;
  } catch (error) {
    await release();
    if (signal.aborted && error === signal.reason) {
      throw managerErrors.create('RTP_START_INTERRUPTED', 'Interrupted before everything was ready.');
    }
    throw error;
  }
}

function controlStatus(system: ManagedSystem): ControlStatus {
  const { phase, urls, clock, calendar } = system;
  return { ...system.status(), version: productVersion(), phase, market: marketView(clock, calendar), urls };
}

function controlHistory(system: ManagedSystem): ControlHistory {
  const steps = COMPONENTS.flatMap((component) => system.history(component).map((step) => ({ component, ...step })));
  return steps.sort((a, b) => a.at.localeCompare(b.at));
}

interface RecordKeeper {
  write(role: ProcessRole, pid: number): void;
  remove(role: ProcessRole): void;
}

/** PID records that never stand in the way: one that cannot be written is logged. */
function recordKeeper(paths: DataPaths, logger: Logger): RecordKeeper {
  const attempt = (role: ProcessRole, what: string, action: () => void): void => {
    try {
      action();
    } catch (error) {
      logger.warn(`The PID record of ${role} was not ${what}.`, { error: describeError(error) });
    }
  };
  return {
    write: (role, pid) => {
      const identity = identityOf(pid);
      if (identity === null) return;
      const startedAt = new Date(wallClockMs()).toISOString();
      const record = { ...identity, role, startedAt, version: productVersion() };
      attempt(role, 'written', () => writePidRecord(paths, record));
    },
    remove: (role) => attempt(role, 'removed', () => removePidRecord(paths, role)),
  };
}
