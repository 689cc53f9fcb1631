import { effectiveConfigText, loadCalendar, loadConfig } from '@rtp/core';
import { type CommonOptions, commonFlags, configFileOf } from '../cli-context.ts';
import { endWithReader } from '../reader-gone.ts';

/** `rtp config show|check`. A bad configuration is an error of both. */
export async function configCommand(what: 'show' | 'check', options: CommonOptions): Promise<number> {
  endWithReader();
  const { config, origins, file } = loadConfig({ file: configFileOf(options), flags: commonFlags(options) });
  if (what === 'show') {
    process.stdout.write(effectiveConfigText(config, origins));
    return 0;
  }
  const calendar = loadCalendar({ file: config.calendar.file, marketHours: config.pipeline.market_hours });
  const set = Object.values(origins).filter((origin) => origin !== 'default').length;
  const { firstKnownDate, lastKnownDate } = calendar;
  process.stdout.write(
    `The configuration is fine: ${set} of ${Object.keys(origins).length} keys set, the rest are defaults.\n` +
      `  file      ${file ?? 'none'}\n` +
      `  calendar  ${config.calendar.file}, known from ${firstKnownDate} to ${lastKnownDate}\n`,
  );
  return 0;
}
