import { cleanLogs, wallClockMs } from '@rtp/core';
import { type CommonOptions, cliContext } from '../cli-context.ts';
import { endWithReader } from '../reader-gone.ts';

export interface LogsCleanOptions extends CommonOptions {
  readonly days?: number;
  readonly dryRun?: boolean;
}

/** `rtp logs clean`: removes rotated log files, and says which and how many bytes. */
export async function logsCleanCommand({ days, dryRun, ...options }: LogsCleanOptions): Promise<number> {
  endWithReader();
  const { config, paths } = cliContext(options);
  const keepDays = days ?? config.logging.keep_days;
  const isDryRun = dryRun === true;
  const { removed, removedBytes, before } = cleanLogs({
    logsDir: paths.logsDir,
    keepDays,
    now: wallClockMs(),
    isDryRun,
  });
  for (const { file, bytes } of removed) process.stdout.write(`${file}  ${bytes} bytes\n`);
  const count = removed.length === 1 ? '1 file' : `${removed.length} files`;
  const verb = isDryRun ? 'Would remove' : 'Removed';
  process.stdout.write(`${verb} ${count}, ${removedBytes} bytes, older than ${before}, from ${paths.logsDir}.\n`);
  return 0;
}
