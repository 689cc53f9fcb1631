import { availableParallelism } from 'node:os';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { writeSection } from '../lib/generated-section.ts';
import { drillSeed, isWholeDrill } from './drill-size.ts';
import { faultMatrix, sampleOf } from './faults/matrix.ts';
import { matrixSection } from './faults/matrix-section.ts';
import { runSessions } from './faults/run-sessions.ts';
import type { SessionResult } from './faults/session-spec.ts';

/** Market seconds a real second: slower shows more, faster fits into every change's checks. */
const [WHOLE_SPEED, PART_SPEED] = [60, 120];
/** One cell in so many runs with every change. */
const PART = 3;
/** A session mostly waits for its market. */
const SESSIONS_PER_CORE = 3;

const cells = faultMatrix({ seed: drillSeed, speed: isWholeDrill ? WHOLE_SPEED : PART_SPEED });
const chosen = isWholeDrill ? cells : sampleOf(cells, drillSeed, PART);
/** Those that wait for their deadline take twice as long: begun last, they would run alone. */
const longestFirst = chosen.toSorted((a, b) => Number(b.ends === 'open') - Number(a.ends === 'open'));

describe(`${chosen.length} of ${cells.length} sessions under faults, seed ${drillSeed}`, () => {
  const results = new Map<string, SessionResult>();

  beforeAll(async () => {
    const atOnce = availableParallelism() * SESSIONS_PER_CORE;
    await runSessions(longestFirst, atOnce, (result) => void results.set(result.name, result));
  }, 3_000_000);

  test.each(chosen.map((cell) => [`${cell.group}: ${cell.name}`, cell.name]))('%s', (_title, name) => {
    expect(results.get(name)?.problems).toEqual([]);
  });

  afterAll(() => {
    if (isWholeDrill) writeSection('reliability', 'fault-matrix', matrixSection(cells, results, drillSeed));
  });
});
