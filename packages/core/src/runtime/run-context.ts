import { existsSync, readFileSync } from 'node:fs';
import type { z } from 'zod';
import { loadCalendar } from '../calendar/load-calendar.ts';
import type { SessionCalendar } from '../calendar/session-calendar.ts';
import type { MarketClock } from '../clock/market-clock.ts';
import { SystemClock } from '../clock/system-clock.ts';
import { clockAnchorSchema, VirtualClock } from '../clock/virtual-clock.ts';
import { deepFreeze } from '../config/deep-freeze.ts';
import { loadSecrets } from '../config/load-secrets.ts';
import { configSchema, type RtpConfig } from '../config/schema.ts';
import { coreErrors } from '../errors/core-errors.ts';
import { describeError } from '../errors/rtp-error.ts';
import type { Component } from '../ipc/components.ts';
import type { Logger } from '../logging/logger.ts';
import { type LogLevel, openLogger } from '../logging/open-logger.ts';
import { type DataPaths, dataPaths } from '../process/data-paths.ts';

/** What every child of one run shares, read from the run folder that the manager prepared. */
export interface RunContext {
  readonly config: RtpConfig;
  readonly paths: DataPaths;
  readonly clock: MarketClock;
  readonly calendar: SessionCalendar;
  readonly logger: Logger;
  closeLogger(): Promise<void>;
  /** Least severe lines that are kept from now on. */
  setLogLevel(level: LogLevel): void;
}

/** Reads the run folder of `dataDir`. Errors: RTP_CONFIG_UNREADABLE, RTP_CALENDAR_INVALID. */
export async function loadRunContext(role: Component, dataDir: string | undefined): Promise<RunContext> {
  if (dataDir === undefined) {
    throw coreErrors.create('RTP_CONFIG_UNREADABLE', 'A child process needs --data-dir.', {
      fix: 'Start the system with `rtp start`; children are not started by hand.',
    });
  }
  const paths = dataPaths(dataDir);
  const config = deepFreeze(readRunFile(paths.resolvedConfigFile, configSchema));
  loadSecrets({ dotenvFile: null });
  const calendar = loadCalendar({
    file: config.calendar.file,
    overlayFile: paths.calendarOverlayFile,
    marketHours: config.pipeline.market_hours,
  });
  const { logger, close, setLevel } = openLogger({ role, logsDir: paths.logsDir, ...config.logging, console: false });
  return { config, paths, calendar, logger, closeLogger: close, setLogLevel: setLevel, clock: openClock(paths) };
}

/** The virtual clock of the run folder's anchor, or the system clock where there is none. Errors: RTP_CONFIG_UNREADABLE. */
export function openClock(paths: DataPaths): MarketClock {
  if (!existsSync(paths.clockAnchorFile)) return new SystemClock();
  return new VirtualClock(readRunFile(paths.clockAnchorFile, clockAnchorSchema));
}

function readRunFile<T>(file: string, schema: z.ZodType<T>): T {
  try {
    return schema.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch (error) {
    throw coreErrors.create('RTP_CONFIG_UNREADABLE', `${file} cannot be read: ${describeError(error)}.`, {
      fix: 'Start the system with `rtp start`, which writes the run folder anew.',
    });
  }
}
