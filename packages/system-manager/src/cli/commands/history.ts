import { type Component, RtpError } from '@rtp/core';
import type { ControlHistory } from '../../control/contract.ts';
import { controlClient } from '../../control/control-client.ts';
import type { Death } from '../../records/death-record.ts';
import { tally } from '../../records/death-record.ts';
import { readLedger } from '../../records/read-ledger.ts';
import { type CommonOptions, cliContext } from '../cli-context.ts';
import { historyScreen } from '../history-screen.ts';

/** `rtp history [component]`: changes of state while the system runs, deaths always. */
export async function historyCommand(
  component: Component | null,
  options: CommonOptions & { readonly json?: boolean },
): Promise<number> {
  const { paths } = cliContext(options);
  const isMeant = (entry: { readonly component: Component | null }): boolean =>
    component === null || entry.component === component;
  const changes = (await changesOf(() => controlClient(paths).history())).filter(isMeant);
  const { entries } = readLedger(paths.deathsFile);
  const deaths = entries.filter((entry): entry is Death => entry.kind === 'death').filter(isMeant);
  const lines =
    options.json === true
      ? [JSON.stringify({ changes, deaths, tally: tally(deaths) }, null, 2)]
      : historyScreen(changes, deaths, process.stdout.columns ?? Number.POSITIVE_INFINITY);
  process.stdout.write(`${lines.join('\n')}\n`);
  return 0;
}

/** None of a system that does not run. */
async function changesOf(ask: () => Promise<ControlHistory>): Promise<ControlHistory> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof RtpError && error.code === 'RTP_NOT_RUNNING') return [];
    throw error;
  }
}
