import { afterAll, describe, expect, jest, test } from '@jest/globals';
import { provenance, writeSection } from '../lib/generated-section.ts';
import { CELLS, type Cell } from './kill-matrix/cells.ts';
import { type Struck, strike } from './kill-matrix/strike.ts';
import { killSupervised } from './support/children.ts';

jest.setTimeout(120_000);
afterAll(killSupervised);

/** Cells at a time: most of a cell is waiting. */
const AT_A_TIME = 5;

/** What became of each cell; an error when it came to no end. */
const struck = new Map<Cell, Struck | Error>();

async function strikeAll(): Promise<void> {
  const queue = CELLS.values();
  const work = async (): Promise<void> => {
    for (const cell of queue) {
      struck.set(
        cell,
        await strike(cell).catch((error: unknown) => (error instanceof Error ? error : new Error(String(error)))),
      );
    }
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, work));
}

describe('the kill matrix', () => {
  test('every signal in every state ends as it must, and no process outlives its child', async () => {
    await strikeAll();
    const found = CELLS.map((cell) => {
      const result = struck.get(cell);
      const { behaviour, state, signal } = cell;
      if (result === undefined || result instanceof Error) return { behaviour, state, signal, error: String(result) };
      return { behaviour, state, signal, outcome: result.outcome, death: result.death, orphans: result.orphans };
    });
    expect(found).toEqual(CELLS.map((cell) => ({ ...cell, orphans: [] })));
    if (process.env.RTP_DRILLS === 'all') writeSection('supervision', 'kill matrix', section());
  });
});

function section(): string {
  const rows = CELLS.map((cell) => {
    const result = struck.get(cell) as Struck;
    const { behaviour, state, signal, outcome, death } = cell;
    const took = `${(result.tookMs / 1_000).toFixed(2)} s`;
    return `| ${behaviour} | ${state} | ${signal} | ${outcome} | ${death ?? '-'} | ${took} | ${result.processes} | ${result.orphans.length} |`;
  });
  return `## Kill matrix

${provenance('RTP_DRILLS=all pnpm test:system kill-matrix')}
A child that behaves in one way is struck by a signal in one state, under limits made small. Outcome: \`replaced\`, another process
serves; \`unmoved\`, the same one goes on; \`waits\`, it waits for its next start; \`stopped\`, in order; \`fatal\`, given up. Death: as the
ledger names it. Time is from the signal to the outcome. Processes are all that were seen, grandchildren included.

| Child | State | Signal | Outcome | Death | Time | Processes | Orphans |
|---|---|---|---|---|---:|---:|---:|
${rows.join('\n')}
`;
}
