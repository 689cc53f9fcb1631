import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { afterEach, describe, expect, test } from '@jest/globals';
import { dataPaths, proofFile, proofFileSchema } from '@rtp/core';
import { type IndicatorColumn, indicatorColumn, storedValue } from '@rtp/indicators';
import {
  allowedDifference,
  ColumnTally,
  columnsProof,
  decimalOf,
} from '../../packages/system-manager/src/indicators/proof/column-tally.ts';
import { keepProof } from '../../packages/system-manager/src/indicators/proof/keep-proof.ts';
import type { IndicatorProof } from '../../packages/system-manager/src/indicators/proof/proof.ts';
import {
  type ProofInstrument,
  portions,
  sampleOf,
} from '../../packages/system-manager/src/indicators/proof/proof-plan.ts';
import { proofSummary } from '../../packages/system-manager/src/indicators/proof/proof-summary.ts';
import { endSystems, temporaryDir } from './support/systems.ts';

afterEach(endSystems);

const sma = indicatorColumn('sma_20') as IndicatorColumn;

/** Compares one value the way the proof does. */
function isRight(column: IndicatorColumn, found: number, expected: number): boolean {
  const tally = new ColumnTally(column.name);
  tally.add(decimalOf(column, found), expected, allowedDifference(column, expected), 10 ** -column.decimals, 'A', 0);
  return tally.proof().wrong === 0;
}

describe('a stored value is right', () => {
  test.each([10.4849, 1_078.165, 0.005, 99_999.994, 146_219.995, 16_777_216.25])('when it is %d rounded', (value) => {
    expect(isRight(sma, storedValue(sma, value), value)).toBe(true);
  });

  test('only within half a quantum, or half a single-precision step of a very large one', () => {
    expect(isRight(sma, Math.fround(100.01), 100.002)).toBe(false);
    expect(isRight(sma, Math.fround(100.013), 100.01)).toBe(true);
    expect(isRight(sma, Math.fround(100.02), 100.01)).toBe(false);
    expect(isRight(sma, Math.fround(400_000.1), 400_000)).toBe(false);
  });

  test('only if both are there, or neither', () => {
    expect([isRight(sma, Number.NaN, Number.NaN), isRight(sma, 1, Number.NaN), isRight(sma, Number.NaN, 1)]).toEqual([
      true,
      false,
      false,
    ]);
  });
});

test('a missing value counts as wrong, is named, and leaves the largest difference of the others', () => {
  const tally = new ColumnTally('sma_20');
  tally.add(10.01, 10.012, 0.005, 0.01, 'A', 1);
  tally.add(Number.NaN, 5, 0.005, 0.01, 'B', 2);
  tally.add(10.01, 10.011, 0.005, 0.01, 'C', 3);
  expect(tally.proof()).toMatchObject({ values: 2, wrong: 1, at: { symbol: 'B', time: 2 }, found: null, expected: 5 });
  expect(tally.proof().worst).toBeCloseTo(0.2, 6);
});

const instrument = (index: number, history: number): ProofInstrument => ({
  instrumentId: index,
  symbol: `S${index}`,
  history,
});

test('portions hold everybody once, and no more history than memory allows', () => {
  const instruments = [...Array(150).keys()].map((index) => instrument(index, index < 100 ? 3_750 : 470_000));
  const parts = portions(instruments);
  expect(parts.flat()).toEqual(instruments);
  for (const part of parts) {
    expect(part.length).toBeLessThanOrEqual(16);
    const bars = part.reduce((sum, { history }) => sum + history, 0);
    expect(part.length === 1 || bars <= 400_000).toBe(true);
  }
});

test('the sample is spread over all symbols and another one the next day', () => {
  const instruments = [...Array(500).keys()].map((index) => instrument(index, 375));
  const sample = (date: string): readonly number[] =>
    sampleOf({ date, generation: 1, firstDate: date, until: 0, instruments, whole: true }, 5).map(
      ({ instrumentId }) => instrumentId,
    );
  const [first, second] = [sample('2026-11-19'), sample('2026-11-20')];
  expect(new Set(first).size).toBe(5);
  expect(Math.max(...first) - Math.min(...first)).toBe(400);
  expect(second).not.toEqual(first);
});

describe('a proof', () => {
  const columns = columnsProof([new ColumnTally('sma_20')], 1);
  const proof = (over: Partial<IndicatorProof> = {}): IndicatorProof => ({
    version: 1,
    date: '2025-09-03',
    generation: 2,
    verdict: 'proved',
    summary: 'fine',
    whole: true,
    symbols: 1,
    bars: 375,
    rows: 375,
    missing: 0,
    surplus: 0,
    stored: columns,
    read: columns,
    opinion: columns,
    seconds: 1,
    ...over,
  });

  test('of a whole sealed date is kept where the monitor looks for it; others are not', () => {
    const paths = dataPaths(temporaryDir());
    expect(keepProof(paths, proof())).toBe(true);
    expect(proofFileSchema.parse(JSON.parse(readFileSync(proofFile(paths, '2025-09-03'), 'utf8')))).toMatchObject({
      generation: 2,
      verdict: 'proved',
      summary: 'fine',
    });
    expect(keepProof(paths, proof({ date: '2025-09-04', generation: null }))).toBe(false);
    expect(keepProof(paths, proof({ date: '2025-09-05', whole: false }))).toBe(false);
    expect(readdirSync(paths.proofsDir)).toEqual(['2025-09-03.json']);
  });

  test('never brings a data directory back that is gone', () => {
    const paths = dataPaths(temporaryDir());
    rmSync(paths.dataDir, { recursive: true });
    expect(() => keepProof(paths, proof())).toThrow('ENOENT');
    mkdirSync(paths.dataDir);
    expect(readdirSync(paths.dataDir)).toEqual([]);
  });

  test('that fails says in one line what is wrong', () => {
    const tally = new ColumnTally('sma_20');
    tally.add(10, 20, 0.005, 0.01, 'A', 1);
    const failed = proof({ verdict: 'failed', missing: 3, surplus: 1, stored: columnsProof([tally], 1) });
    expect(proofSummary(failed)).toBe(
      '3 of 375 bars have no row; 1 rows have no whole bar or are there twice; 1 stored values are wrong (sma_20)',
    );
  });
});
