import { rmSync } from 'node:fs';
import {
  anchorNow,
  coreErrors,
  type DataPaths,
  deepFreeze,
  type EpochMs,
  istTimeOf,
  loadCalendar,
  type MarketClock,
  type RtpConfig,
  type SessionCalendar,
  SystemClock,
  type TradingDate,
  VirtualClock,
} from '@rtp/core';
import { readMarketPosition } from '../source/market-position.ts';
import { prepareSimulatedDay, type SimulatedDay } from '../source/prepared-day.ts';
import { claimDataDir } from '../source/source-stamp.ts';
import { writeJsonFile } from '../source/write-json.ts';
import { freePorts } from './free-ports.ts';
import { marketStart } from './market-start.ts';
import type { Notice, StartOptions } from './start-options.ts';

const SIMULATOR_HOST = '127.0.0.1';

/** What one run of the system is: written to the run folder, where every child reads it. */
export interface ResolvedRun {
  readonly config: RtpConfig;
  readonly calendar: SessionCalendar;
  readonly clock: MarketClock;
  readonly day: SimulatedDay | null;
}

/**
 * Turns the loaded configuration into this run: claims the data directory for its source, prepares a simulated day,
 * settles ports and URLs, sets the market clock (a simulated one is held still), and fills the run folder.
 * Errors: RTP_DATA_DIR_OTHER_SOURCE, RTP_PORT_IN_USE, RTP_CALENDAR_INVALID, RTP_CONFIG_INVALID
 * when the market hours leave nothing of a simulated day, those of the simulated day.
 */
export async function resolveRun(
  loaded: RtpConfig,
  paths: DataPaths,
  options: StartOptions,
  signal: AbortSignal,
  onNotice: (notice: Notice) => void,
): Promise<ResolvedRun> {
  const notice = (text: string): void => onNotice({ level: 'info', text });
  const simulation = options.simulation ?? {};
  const { source } = loaded;
  let day: SimulatedDay | null = null;
  rmSync(paths.clockAnchorFile, { force: true });
  if (source === 'simulator') {
    const choice = { simulator: loaded.simulator, generate: simulation.generate ?? false };
    day = await prepareSimulatedDay(choice, paths, signal, notice);
  } else {
    rmSync(paths.calendarOverlayFile, { force: true });
    claimDataDir(paths, { source, run: null });
  }
  const config = await settle(loaded, paths, day);
  writeJsonFile(paths.resolvedConfigFile, config);
  const calendar = calendarOf(config, paths);
  if (day === null) return { config, calendar, day, clock: new SystemClock() };
  requireMinutes(day.date, calendar, paths, config);

  const speed = simulation.speed ?? 1;
  const { marketMs, reason } = marketStart({
    date: day.date,
    calendar,
    speed,
    leadMs: config.supervision.start_lead_ms,
    from: simulation.from,
    startAt: simulation.startAt,
    position: readMarketPosition(paths, day.date),
  });
  if (reason !== '') notice(`The simulated day ${day.date} goes on ${reason}.`);
  const anchor = { ...anchorNow(marketMs, speed), held: true };
  writeJsonFile(paths.clockAnchorFile, anchor);
  return { config, calendar, day, clock: new VirtualClock(anchor) };
}

/** The calendar of a run. Errors: RTP_CALENDAR_INVALID. */
export function calendarOf(config: RtpConfig, paths: DataPaths): SessionCalendar {
  return loadCalendar({
    file: config.calendar.file,
    overlayFile: paths.calendarOverlayFile,
    marketHours: config.pipeline.market_hours,
  });
}

/** A simulated day without a minute would be waited for without end. Errors: RTP_CONFIG_INVALID. */
function requireMinutes(date: TradingDate, calendar: SessionCalendar, paths: DataPaths, config: RtpConfig): void {
  if ((calendar.tradingDay(date)?.windows ?? []).length > 0) return;
  const { file } = config.calendar;
  const whole = loadCalendar({ file, overlayFile: paths.calendarOverlayFile }).tradingDay(date)?.windows ?? [];
  const session = whole.map(({ openMs, closeMs }) => `${hourMinute(openMs)}-${hourMinute(closeMs)}`).join(' and ');
  const { start, end } = config.pipeline.market_hours;
  throw coreErrors.create(
    'RTP_CONFIG_INVALID',
    `pipeline.market_hours ${start} to ${end} (\`rtp demo\`: --from, --to) leaves no minute of the session of ${date}, ${session}.`,
  );
}

const hourMinute = (instant: EpochMs): string => istTimeOf(instant).slice(0, 5);

async function settle(loaded: RtpConfig, paths: DataPaths, day: SimulatedDay | null): Promise<RtpConfig> {
  const { data_api, control_api, simulator } = loaded;
  const exchange = { host: SIMULATOR_HOST, port: simulator.port };
  const [dataPort = 0, controlPort = 0, simulatorPort = 0] = await freePorts([
    data_api,
    control_api,
    ...(day === null ? [] : [exchange]),
  ]);
  return effectiveConfig(loaded, paths, day, { data: dataPort, control: controlPort, simulator: simulatorPort });
}

/** Ports that have been chosen. */
export interface ChosenPorts {
  readonly data: number;
  readonly control: number;
  readonly simulator: number;
}

/** The configuration of a run: as loaded, with chosen ports, absolute paths, and the simulated exchange in place of the broker. */
export function effectiveConfig(
  loaded: RtpConfig,
  paths: DataPaths,
  day: SimulatedDay | null,
  ports: ChosenPorts,
): RtpConfig {
  const { data_api, control_api, simulator } = loaded;
  const common = {
    ...loaded,
    data_dir: paths.dataDir,
    data_api: { ...data_api, port: ports.data },
    control_api: { ...control_api, port: ports.control },
  };
  if (day === null) return deepFreeze(common);
  const address = `${SIMULATOR_HOST}:${ports.simulator}`;
  return deepFreeze({
    ...common,
    simulator: { ...simulator, port: ports.simulator, date: day.date },
    broker: {
      ...loaded.broker,
      rest_url: `http://${address}/v2`,
      auth_url: `http://${address}`,
      feed_url: `ws://${address}`,
      scrip_master_url: `http://${address}/api-data/api-scrip-master-detailed.csv`,
    },
    pipeline: { ...loaded.pipeline, universe_file: day.universeFile },
  });
}
