import { userInfo } from 'node:os';
import { userStateDir } from '@rtp/core';
import { unitFile } from '../../systemd/unit-file.ts';
import { type CommonOptions, cliContext, configFileOf } from '../cli-context.ts';
import { endWithReader } from '../reader-gone.ts';

export interface SystemdUnitOptions extends CommonOptions {
  /** For the user's own service manager. */
  readonly user?: boolean;
}

/** `rtp systemd-unit`: prints a unit file for this installation, data directory and configuration. */
export async function systemdUnitCommand(options: SystemdUnitOptions): Promise<number> {
  endWithReader();
  const { config, paths } = cliContext(options);
  const unit = unitFile({
    config,
    paths,
    configFile: configFileOf(options) ?? null,
    forUser: options.user === true,
    userName: userInfo().username,
    stateDir: userStateDir(process.env),
  });
  process.stdout.write(unit);
  return 0;
}
