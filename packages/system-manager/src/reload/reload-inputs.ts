import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { loadConfig, loadSecrets, projectRoot } from '@rtp/core';
import { brokerEnvironment } from '../source/credentials.ts';
import type { StartOptions } from '../system/start-options.ts';
import type { ReloadInputs } from './plan-reload.ts';

/** What a system is started from, and the file it was read from. */
export interface LoadedInputs extends ReloadInputs {
  /** Null when there was none. */
  readonly file: string | null;
  /** RTP_API_TOKEN; one that is new at a reload is taken in at the next start. */
  readonly apiToken: string | undefined;
}

/**
 * Reads configuration, credentials and calendar, under the flags and the environment of the start.
 * Errors: RTP_CONFIG_INVALID, RTP_CONFIG_UNREADABLE, RTP_CREDENTIALS_MISSING.
 */
export function loadInputs(options: StartOptions): LoadedInputs {
  const { configFile: given, flags, env, dotenvFile } = options;
  const { config, file } = loadConfig({ file: given, flags, env, dotenvFile });
  const secrets = loadSecrets({ env, dotenvFile });
  const credentials = brokerEnvironment(config.source, secrets);
  return {
    config,
    file,
    credentials,
    apiToken: secrets.apiToken,
    calendarContent: contentOf(resolve(projectRoot, config.calendar.file)),
  };
}

/** Empty where it cannot be read: whoever loads the calendar says so. */
function contentOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
