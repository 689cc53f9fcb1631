import { createHash } from 'node:crypto';
import { chmodSync, mkdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { coreErrors } from '../errors/core-errors.ts';

/** Longest path a Unix socket is bound to; the kernel's own limit is 107 bytes. */
const MAX_SOCKET_PATH_BYTES = 100;

/** The folder that holds `packages/`, `config/` and `bin/`. */
export const projectRoot: string = resolve(dirname(fileURLToPath(import.meta.url)), '../../../..');

/** Every path of one data directory. Nothing else composes them. */
export interface DataPaths {
  readonly dataDir: string;
  readonly logsDir: string;
  /** PID records, sockets, the clock anchor, the resolved configuration, the calendar overlay. Mode 0700. */
  readonly runDir: string;
  readonly hotDir: string;
  readonly historyDir: string;
  readonly metricsDir: string;
  /** Proofs of sealed dates, `<date>.json` each. */
  readonly proofsDir: string;
  /** Work that was asked for and what it has gathered so far. Mode 0700. */
  readonly jobsDir: string;
  /** Daily and weekly reports. */
  readonly reportsDir: string;
  /** Copies of the configuration. Mode 0700. */
  readonly backupsDir: string;
  /** What the scheduler has run when, and what an operator wished. Mode 0600. */
  readonly scheduleFile: string;
  readonly operatorFile: string;
  /** The deaths of children, a JSON line each. */
  readonly deathsFile: string;
  /** The Control API's bearer token. Mode 0600. */
  readonly apiTokenFile: string;
  readonly catalogueFile: string;
  /** Which source the data came from. */
  readonly stampFile: string;
  readonly tokenFile: string;
  readonly clockAnchorFile: string;
  readonly resolvedConfigFile: string;
  /** Which file the running system's configuration was read from. */
  readonly configOriginFile: string;
  readonly calendarOverlayFile: string;
  /** The simulated exchange's prepared day. */
  readonly preparedDayDir: string;
  /** How far a simulated day has come, from which the next start resumes. */
  readonly marketPositionFile: string;
  readonly managerSocket: string;
  readonly storeSocket: string;
}

/** The layout of `dataDir`. The project's own `data/` keeps its logs in the project's `logs/`, every other inside itself. */
export function dataPaths(dataDirectory: string): DataPaths {
  const dataDir = resolve(dataDirectory);
  const isDefault = dataDir === join(projectRoot, 'data');
  const runDir = join(dataDir, 'run');
  return Object.freeze({
    dataDir,
    logsDir: isDefault ? join(projectRoot, 'logs') : join(dataDir, 'logs'),
    runDir,
    hotDir: join(dataDir, 'hot'),
    historyDir: join(dataDir, 'history'),
    metricsDir: join(dataDir, 'metrics'),
    proofsDir: join(dataDir, 'proofs'),
    jobsDir: join(dataDir, 'jobs'),
    reportsDir: join(dataDir, 'reports'),
    backupsDir: join(dataDir, 'backups'),
    scheduleFile: join(dataDir, 'jobs', 'schedule.json'),
    operatorFile: join(runDir, 'operator.json'),
    deathsFile: join(runDir, 'deaths.jsonl'),
    apiTokenFile: join(runDir, 'api-token'),
    catalogueFile: join(dataDir, 'market.duckdb'),
    stampFile: join(dataDir, 'source.json'),
    tokenFile: join(runDir, 'token.json'),
    clockAnchorFile: join(runDir, 'clock.json'),
    resolvedConfigFile: join(runDir, 'config.json'),
    configOriginFile: join(runDir, 'config-origin.json'),
    calendarOverlayFile: join(runDir, 'calendar-overlay.json'),
    preparedDayDir: join(runDir, 'day'),
    marketPositionFile: join(runDir, 'market-position.json'),
    managerSocket: socketPath(runDir, 'manager.sock'),
    storeSocket: socketPath(runDir, 'store.sock'),
  });
}

/** Creates the directories and proves that they can be written. Errors: RTP_DATA_DIR_UNWRITABLE. */
export function prepareDataDir(paths: DataPaths): void {
  try {
    mkdirSync(paths.dataDir, { recursive: true });
    mkdirSync(paths.runDir, { recursive: true, mode: 0o700 });
    chmodSync(paths.runDir, 0o700);
    for (const dir of [paths.logsDir, paths.hotDir, paths.historyDir, paths.metricsDir, paths.proofsDir]) {
      mkdirSync(dir, { recursive: true });
    }
    const socketDir = dirname(paths.managerSocket);
    mkdirSync(socketDir, { recursive: true, mode: 0o700 });
    // Fails where somebody else made a folder of that name in the shared temporary directory.
    chmodSync(socketDir, 0o700);
    const probe = join(paths.runDir, `.probe-${process.pid}`);
    writeFileSync(probe, '');
    rmSync(probe);
    realpathSync(paths.dataDir);
  } catch (cause) {
    throw coreErrors.create('RTP_DATA_DIR_UNWRITABLE', `${paths.dataDir} cannot be written.`, { cause });
  }
}

function socketPath(runDir: string, name: string): string {
  const direct = join(runDir, name);
  if (Buffer.byteLength(direct) <= MAX_SOCKET_PATH_BYTES) return direct;
  const key = createHash('sha256').update(runDir).digest('hex').slice(0, 16);
  return join(tmpdir(), `rtp-${process.getuid?.() ?? 0}-${key}`, name);
}
