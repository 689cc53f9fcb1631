import { controlClient } from '../../control/control-client.ts';
import { describeReload } from '../../reload/describe-reload.ts';
import { longestRestartMs } from '../../system/time-limits.ts';
import { type CommonOptions, cliContext } from '../cli-context.ts';

/** Beyond the children's own limits; a reload under way is waited for. */
const MARGIN_MS = 10_000;

/** `rtp reload`: resolves once what had to restart serves again. A configuration that is not sound is an error of this command. */
export async function reloadCommand(options: CommonOptions): Promise<number> {
  const { config, paths } = cliContext(options);
  const result = await controlClient(paths).reload(2 * longestRestartMs(config.supervision) + MARGIN_MS);
  process.stdout.write(`${describeReload(result).join('\n')}\n`);
  return result.failed.length === 0 ? 0 : 1;
}
