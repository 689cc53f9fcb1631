import { RtpError } from '@rtp/core';
import { controlClient } from '../../control/control-client.ts';
import { type CommonOptions, cliContext } from '../cli-context.ts';
import { endWithReader } from '../reader-gone.ts';
import { commandOn } from '../start-screen.ts';
import { judge, statusScreen } from '../status-screen.ts';

const EXIT_CODES = { ready: 0, 'not running': 3, degraded: 4 } as const;

/** `rtp status`: exit code 0 all ready, 3 not running, 4 degraded, 1 error. */
export async function statusCommand(options: CommonOptions & { readonly json?: boolean }): Promise<number> {
  endWithReader();
  const { paths } = cliContext(options);
  try {
    const status = await controlClient(paths).status();
    const { verdict, why } = judge(status);
    if (options.json === true) write({ verdict, why, ...status });
    else
      process.stdout.write(`${statusScreen(status, process.stdout.columns ?? Number.POSITIVE_INFINITY).join('\n')}\n`);
    return EXIT_CODES[verdict];
  } catch (error) {
    if (!(error instanceof RtpError) || error.code !== 'RTP_NOT_RUNNING') throw asStatusError(error);
    const verdict = 'not running';
    if (options.json === true) write({ verdict, why: error.message, dataDir: paths.dataDir });
    else process.stdout.write(`Not running on ${paths.dataDir}.\nStart it with: ${commandOn(paths, 'start')}\n`);
    return EXIT_CODES[verdict];
  }
}

/** Whatever else fails here is exit code 1, so that a script can rely on the others. */
function asStatusError(error: unknown): unknown {
  if (!(error instanceof RtpError)) return error;
  const { code, message, fix, cause } = error;
  return new RtpError(code, { summary: '', fix, exitCode: 1 }, message, { cause });
}

function write(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
}
