import { resolve } from 'node:path';
import {
  backupConfig,
  dataPaths,
  effectiveConfigText,
  type LoadedConfig,
  loadCalendar,
  loadConfig,
  projectRoot,
  wallClockMs,
} from '@rtp/core';
import { type CommonOptions, commonFlags, configFileOf } from '../cli-context.ts';
import { endWithReader } from '../reader-gone.ts';

/** `rtp config show|check|backup`. A bad configuration is an error of each. */
export async function configCommand(what: 'show' | 'check' | 'backup', options: CommonOptions): Promise<number> {
  endWithReader();
  const loaded = loadConfig({ file: configFileOf(options), flags: commonFlags(options) });
  const { config, origins, file } = loaded;
  if (what === 'backup') return backUp(loaded);
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

function backUp({ config, file }: LoadedConfig): number {
  const { outcome, dir, files } = backupConfig({
    paths: dataPaths(resolve(projectRoot, config.data_dir)),
    config,
    configFile: file,
    now: wallClockMs(),
    kept: config.jobs.config_backups_kept,
  });
  const text = outcome === 'written' ? `Copied ${files.join(', ')} to ${dir}.` : `Unchanged since ${dir}.`;
  process.stdout.write(`${text}\n`);
  return 0;
}
