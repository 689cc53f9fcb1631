import type { IndicatorColumn } from '@rtp/indicators';
import type { ColumnProof, ColumnsProof } from './proof.ts';

/**
 * How far a value may be from the recomputed one, in quanta: half of one by rounding, and what differs in the last
 * digits when it is computed another way.
 */
const ROUNDING = 0.501;
const RELATIVE = 1e-9;
/** Half the distance of two single-precision numbers: more than half a quantum of very large values. */
const SINGLE = 2 ** -24;

/** Largest distance from `expected` that rounding to the column's quantum and type explains. */
export function allowedDifference({ decimals, valueType }: IndicatorColumn, expected: number): number {
  const [quantum, size] = [10 ** -decimals, Math.abs(expected)];
  if (valueType !== 'f32') return quantum * ROUNDING + size * RELATIVE;
  // Where single precision is coarser than the quantum, its decimal is rounded once more.
  const isCoarse = size * SINGLE > quantum / 4;
  return quantum * ROUNDING * (isCoarse ? 2 : 1) + size * (RELATIVE + SINGLE);
}

/** The decimal that a stored single-precision number stands for; itself where it stands for no multiple of the quantum. */
export function decimalOf({ decimals, valueType }: IndicatorColumn, stored: number): number {
  if (valueType !== 'f32') return stored;
  const scale = 10 ** decimals;
  const decimal = Math.round(stored * scale) / scale;
  return Math.fround(decimal) === stored ? decimal : stored;
}

/** Collects comparisons of one column. */
export class ColumnTally {
  private readonly name: string;
  private values = 0;
  private wrong = 0;
  private worst: number | null = null;
  private worstRatio = -1;
  private place: Pick<ColumnProof, 'at' | 'found' | 'expected'> = { at: null, found: null, expected: null };

  constructor(name: string) {
    this.name = name;
  }

  /**
   * Takes one comparison in. `allowed` is the bound of the difference, `unit` what differences are told in; NaN stands for
   * no value.
   */
  add(found: number, expected: number, allowed: number, unit: number, symbol: string, time: number): void {
    const lacks = Number.isNaN(found);
    if (lacks && Number.isNaN(expected)) return;
    let ratio = Number.POSITIVE_INFINITY;
    if (!lacks && !Number.isNaN(expected)) {
      const difference = Math.abs(found - expected);
      this.values += 1;
      ratio = difference / allowed;
      if (ratio > this.worstRatio) this.worst = difference / unit;
    }
    if (ratio > 1) this.wrong += 1;
    if (ratio <= this.worstRatio) return;
    this.worstRatio = ratio;
    const shown = (value: number): number | null => (Number.isNaN(value) ? null : value);
    this.place = { at: { symbol, time }, found: shown(found), expected: shown(expected) };
  }

  proof(): ColumnProof {
    return { column: this.name, values: this.values, wrong: this.wrong, worst: this.worst, ...this.place };
  }
}

/** The comparisons of several columns, the worst first. */
export function columnsProof(tallies: readonly ColumnTally[], symbols: number): ColumnsProof {
  const columns = tallies
    .map((tally) => tally.proof())
    .sort((a, b) => b.wrong - a.wrong || (b.worst ?? 0) - (a.worst ?? 0));
  const sum = (of: (column: ColumnProof) => number): number => columns.reduce((total, column) => total + of(column), 0);
  return { symbols, values: sum(({ values }) => values), wrong: sum(({ wrong }) => wrong), columns };
}
