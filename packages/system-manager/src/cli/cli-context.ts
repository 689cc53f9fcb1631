import { resolve } from 'node:path';
import { type DataPaths, dataPaths, loadConfig, type PartialConfig, projectRoot, type RtpConfig } from '@rtp/core';

/** Options that every command takes. */
export interface CommonOptions {
  readonly dataDir?: string;
  readonly config?: string;
}

/** The configuration values that the common options stand for; paths of the command line are relative to where it was typed. */
export function commonFlags(options: CommonOptions): PartialConfig {
  return options.dataDir === undefined ? {} : { data_dir: resolve(options.dataDir) };
}

export const configFileOf = (options: CommonOptions): string | undefined =>
  options.config === undefined ? undefined : resolve(options.config);

/** Configuration and paths of the system a command is about. Errors: RTP_CONFIG_INVALID, RTP_CONFIG_UNREADABLE. */
export function cliContext(options: CommonOptions): { readonly config: RtpConfig; readonly paths: DataPaths } {
  const { config } = loadConfig({ file: configFileOf(options), flags: commonFlags(options) });
  return { config, paths: dataPaths(resolve(projectRoot, config.data_dir)) };
}
