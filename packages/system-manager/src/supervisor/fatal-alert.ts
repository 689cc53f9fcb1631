import { type Alert, wallClockMs } from '@rtp/core';
import type { Death } from '../records/death-record.ts';
import { tally } from '../records/death-record.ts';
import { describeEnd } from './describe-exit.ts';
import type { SupervisedChild } from './supervised-child.ts';

/** Lines of stderr in an alert; the log and `rtp history` have more. */
const STDERR_LINES = 20;

/** What a person has to see when a component was given up. */
export function fatalAlert(child: SupervisedChild, deaths: readonly Death[]): Alert {
  const { component, lastEnd, reason } = child;
  return {
    kind: 'component-fatal',
    at: wallClockMs(),
    component,
    summary: `${component} was given up: ${reason}`,
    fix: `Mend what its last lines say, then \`rtp restart ${component}\`; \`rtp history ${component}\` has every death.`,
    lastExit: lastEnd === null ? null : describeEnd(lastEnd),
    stderr: lastEnd?.stderr.slice(-STDERR_LINES) ?? [],
    deaths: tally(deaths),
  };
}
