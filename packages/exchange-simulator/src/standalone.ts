/**
 * The simulated exchange on its own, for any DhanHQ v2 client:
 * `--bars PATH [--date D] | --generate N [--seed S] [--date D] | --shipped D`, `[--speed X] [--port P] [--from HH:MM]`,
 * `[--faults FILE] [--config FILE]`. The market starts two minutes before its first window, or at `--from`; everything else
 * is as `simulator` in the configuration says. Serves until SIGINT or SIGTERM.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  anchorNow,
  atIst,
  describeError,
  exitCodeOf,
  istIso,
  loadCalendar,
  loadConfig,
  MINUTE_MS,
  type RtpConfig,
  RtpError,
  VirtualClock,
} from '@rtp/core';
import { numberOption, parseOptions } from './arguments.ts';
import { SIMULATOR_CREDENTIALS } from './credentials.ts';
import { prepareDay } from './day/prepare.ts';
import { DAY_FILES } from './day/prepared-day.ts';
import { simulatorErrors } from './errors.ts';
import { readFaultFile } from './faults/fault-plan.ts';
import { loadDay } from './market/load-day.ts';
import { Simulator } from './simulator.ts';

const LEAD_MS = 2 * MINUTE_MS;
const MAX_SPEED = 3_600;
const MAX_PORT = 65_535;

try {
  await serve();
} catch (error) {
  process.stderr.write(`${describeError(error)}\n${error instanceof RtpError ? `${error.fix}\n` : ''}`);
  process.exit(exitCodeOf(error));
}

async function serve(): Promise<void> {
  const options = parseOptions([
    'bars',
    'generate',
    'seed',
    'shipped',
    'date',
    'speed',
    'port',
    'from',
    'faults',
    'config',
  ]);
  const { config } = loadConfig({ file: options.config });
  const seed = numberOption('seed', options.seed);
  const settings = settingsOf(config.simulator, seed, options.faults);
  const speed = within('speed', numberOption('speed', options.speed) ?? 1, Number.MIN_VALUE, MAX_SPEED);
  const port = within('port', numberOption('port', options.port) ?? 0, 0, MAX_PORT);
  const dir = mkdtempSync(join(tmpdir(), 'rtp-simulator-'));
  try {
    const prepared = await prepareDay(
      {
        bars: options.bars,
        generate: numberOption('generate', options.generate),
        seed,
        shipped: options.shipped,
        date: options.date,
      },
      dir,
    );
    const calendar = loadCalendar({ file: config.calendar.file, overlayFile: join(dir, DAY_FILES.overlay) });
    const day = await loadDay(dir, calendar);
    const open = day.windowOpens[0] as number;
    const start = options.from === undefined ? open - LEAD_MS : atIst(day.date, options.from);
    const clock = new VirtualClock(anchorNow(start, speed));
    const simulator = new Simulator({ day, clock, config: settings });
    const url = await simulator.listen(port);
    process.stdout.write(guide(url, prepared.provenance, day.instruments.length, istIso(start), speed));
    await interrupted();
    await simulator.close();
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

/** The configured settings, with what the command line says instead. */
function settingsOf(
  configured: RtpConfig['simulator'],
  seed: number | undefined,
  faultFile: string | undefined,
): RtpConfig['simulator'] {
  const settings = { ...configured, seed: seed ?? configured.seed };
  if (faultFile === undefined) return settings;
  const plan = readFaultFile(faultFile);
  return { ...settings, faults: [...plan.faults], fault_seed: plan.seed };
}

function within(name: string, value: number, least: number, most: number): number {
  if (value >= least && value <= most) return value;
  throw simulatorErrors.create('RTP_SIMULATOR_USAGE', `--${name} ${value} is not between ${least} and ${most}.`);
}

function guide(url: string, provenance: string, instruments: number, start: string, speed: number): string {
  const { clientId, pin, totpSecret } = SIMULATOR_CREDENTIALS;
  return `A simulated DhanHQ v2 with ${instruments} instruments (${provenance}).
The market starts at ${start} and runs at ${speed} times real time; Ctrl+C ends it.

  REST          ${url}/v2
  Tokens        ${url}/app/generateAccessToken
  Live feed     ${url.replace('http', 'ws')}
  Scrip master  ${url}/api-data/api-scrip-master-detailed.csv
  Counters      ${url}/__simulator/state
  Faults        ${url}/__simulator/faults   (GET what holds, PUT another schedule; docs/faults.md)

  Client id     ${clientId}
  PIN           ${pin}
  TOTP secret   ${totpSecret}   (codes follow the market's time, not this machine's)

Point a client at it by replacing the broker's hosts:
  https://api.dhan.co/v2      -> ${url}/v2
  https://auth.dhan.co        -> ${url}
  wss://api-feed.dhan.co      -> ${url.replace('http', 'ws')}
  https://images.dhan.co      -> ${url}
`;
}

async function interrupted(): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  process.once('SIGINT', () => resolve());
  process.once('SIGTERM', () => resolve());
  await promise;
}
