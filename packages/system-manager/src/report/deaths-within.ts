import { type DataPaths, type EpochMs, istIso } from '@rtp/core';
import { readLedger } from '../records/read-ledger.ts';
import type { DayReport } from './day-report.ts';

/**
 * Processes that ended unasked between two instants of the host's clock. Null where these are not
 * known.
 */
export function deathsWithin(
  { deathsFile }: Pick<DataPaths, 'deathsFile'>,
  wall: { readonly from: EpochMs; readonly to: EpochMs } | null,
): DayReport['deaths'] {
  if (wall === null) return null;
  return readLedger(deathsFile).entries.flatMap((entry) => {
    const at = Date.parse(entry.at);
    // Written so that an instant that is none is passed over.
    if (entry.kind !== 'death' || !(at >= wall.from && at <= wall.to)) return [];
    return [{ at_ist: istIso(at), component: entry.component, text: entry.how }];
  });
}
