/** Volume against what this minute of the day usually has. */
import { minuteOfDay, node, type Region, session, volume } from '../graph/node.ts';
import type { ColumnSpec } from '../registry/define.ts';

const SESSIONS = 10;
/**
 * Minutes of the day that are kept. NSE's regular hours have 375, and evening and afternoon sessions on holidays have
 * added about a hundred over the years.
 */
const SLOTS = 512;
const MINUTES = 1_440;
/** A slot: session of the newest volume, volumes written (10..19 once full), the volumes. */
const SLOT_SIZE = 2 + SESSIONS;

/** Places of the region: number of each minute's slot (from 1; 0: none yet), how many slots are taken, the slots. */
const TAKEN = MINUTES;
const FIRST_SLOT = MINUTES + 1;

const table: Region = {
  size: FIRST_SLOT + SLOTS * SLOT_SIZE,
  run(memory, at, _n, out, currentSession, minute, currentVolume) {
    out[0] = Number.NaN;
    const slot = slotOf(memory, at, minute!);
    if (slot < 0) return;
    const volumes = slot + 2;
    const hasOwn = memory[slot + 1]! > 0 && memory[slot] === currentSession;
    const count = memory[slot + 1]! - (hasOwn ? 1 : 0);
    const place = count < SESSIONS ? count : count - SESSIONS;
    const held = Math.min(count, SESSIONS);
    let sum = 0;
    for (let index = 0; index < held; index += 1) sum += memory[volumes + index]!;
    let sessions = held;
    if (hasOwn && held === SESSIONS) {
      sum -= memory[volumes + place]!;
      sessions -= 1;
    }
    if (sessions > 0) out[0] = sum > 0 ? (currentVolume! * sessions) / sum : 0;
    memory[slot] = currentSession!;
    memory[slot + 1] = count + 1 < 2 * SESSIONS ? count + 1 : SESSIONS;
    memory[volumes + place] = currentVolume!;
  },
};

/** Offset of a minute's slot, taken for it if need be; -1 when all are others'. */
function slotOf(memory: Float64Array, at: number, minute: number): number {
  const known = memory[at + minute]!;
  if (known > 0) return at + FIRST_SLOT + (known - 1) * SLOT_SIZE;
  const taken = memory[at + TAKEN]!;
  if (taken === SLOTS) return -1;
  memory[at + TAKEN] = taken + 1;
  memory[at + minute] = taken + 1;
  return at + FIRST_SLOT + taken * SLOT_SIZE;
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
    'longer than a day and has the minute again, the later bar is set against nine earlier sessions, and for later ' +
    'sessions the last one counts',
  origin: 'own',
};
