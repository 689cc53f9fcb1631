/** Volume against what this minute of the day usually has. */
import { minuteOfDay, node, type Region, session, volume } from '../graph/node.ts';
import type { ColumnSpec } from '../registry/define.ts';

const SESSIONS = 10;
/**
 * Minutes of the day that are kept. NSE's regular hours have 375, and evening and afternoon sessions on holidays have
 * added about a hundred over the years.
 */
const SLOTS = 512;
/** A slot: minute + 1 (0: free), session of the newest volume, volumes written (10..19 once full), volumes. */
const SLOT_SIZE = 3 + SESSIONS;

/** An open-addressed table by minute of the day; minutes are never taken out. */
const table: Region = {
  size: SLOTS * SLOT_SIZE,
  run(memory, at, _n, out, currentSession, minute, currentVolume) {
    out[0] = Number.NaN;
    const slot = slotOf(memory, at, minute! + 1);
    if (slot < 0) return;
    const volumes = slot + 3;
    const hasOwn = memory[slot + 2]! > 0 && memory[slot + 1] === currentSession;
    const count = memory[slot + 2]! - (hasOwn ? 1 : 0);
    const place = count % SESSIONS;
    const held = Math.min(SESSIONS, count);
    let sum = 0;
    let sessions = 0;
    for (let index = 0; index < held; index += 1) {
      if (hasOwn && index === place) continue;
      sum += memory[volumes + index]!;
      sessions += 1;
    }
    if (sessions > 0) out[0] = sum > 0 ? (currentVolume! * sessions) / sum : 0;
    memory[slot + 1] = currentSession!;
    memory[slot + 2] = count + 1 < 2 * SESSIONS ? count + 1 : SESSIONS;
    memory[volumes + place] = currentVolume!;
  },
};

/** Offset of a minute's slot, taken for it if need be; -1 when all are others'. */
function slotOf(memory: Float64Array, at: number, key: number): number {
  for (let probe = 0; probe < SLOTS; probe += 1) {
    const slot = at + ((key * 37 + probe) & (SLOTS - 1)) * SLOT_SIZE;
    const found = memory[slot]!;
    if (found === key) return slot;
    if (found === 0) {
      memory[slot] = key;
      return slot;
    }
  }
  return -1;
}

/** `rvol_tod`, a column of the volume family. */
export const rvolTod: ColumnSpec = {
  node: node({
    name: 'volumeOfMinute',
    parameters: [SESSIONS],
    inputs: { session, minute: minuteOfDay, v: volume },
    isSparse: true,
    region: table,
  }),
  parameters: { sessions: SESSIONS },
  unit: 'ratio',
  meaning: 'Volume relative to the mean of this minute of the day in the last 10 sessions that have it',
  formula:
    'volume / mean volume of the bars of the same minute of the day in the last 10 sessions before this one that have ' +
    'such a bar (all of them while they are fewer); mean 0: 0; no value until one earlier session has the minute. ' +
    `The first ${SLOTS} different minutes of the day are known; any further one has no value. Where a session is ` +
    'longer than a day and has the minute again, its last bar counts, beside nine earlier sessions',
  origin: 'own',
};
