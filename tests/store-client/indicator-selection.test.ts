import { describe, expect, test } from '@jest/globals';
import { FAMILIES, indicatorColumns, storedColumns, storedValue } from '@rtp/indicators';
import { selectColumns } from '../../packages/store-client/src/indicators/column-selection.ts';
import { shownAs } from '../../packages/store-client/src/indicators/shown-value.ts';

const names = (of: readonly string[]): string[] => selectColumns(of).map(({ name }) => name);

describe('columns that are asked for', () => {
  test('are the stored ones when none is named', () => {
    expect(selectColumns()).toEqual(storedColumns);
    expect(selectColumns([])).toEqual(storedColumns);
  });

  test('may be families, or all', () => {
    expect(FAMILIES.flatMap((family) => names([family]))).toEqual(names(['all']));
    expect(names(['all'])).toHaveLength(indicatorColumns.length);
  });

  test('have names that no family has', () => {
    const taken = new Set<string>([...FAMILIES, 'all']);
    expect(indicatorColumns.filter(({ name }) => taken.has(name))).toEqual([]);
  });

  test('come once, where they are named first', () => {
    expect(names(['obv', 'rsi_14', 'obv'])).toEqual(['obv', 'rsi_14']);
  });
});

describe('a shown value', () => {
  const values = [0, -0, 0.1, -0.004, 1.005, 4_999.95, 131_072.05, -2.5, 12_345.678_9];

  test('is the stored one, as the decimal that it is the nearest number to', () => {
    for (const column of storedColumns) {
      for (const value of values) {
        const shown = shownAs(column)(value);
        const stored = storedValue(column, value);
        expect(shown).toBe(Number(stored.toFixed(column.valueType === 'i16' ? 0 : column.decimals)) + 0);
        expect(shownAs(column)(stored)).toBe(shown);
      }
    }
  });

  test('is the computed one, to the last digit, where the column is not stored', () => {
    for (const column of indicatorColumns.filter(({ storage }) => storage !== 'minute')) {
      for (const value of values) expect(shownAs(column)(value)).toBe(value + 0);
    }
  });

  test('is none where there is none', () => {
    for (const column of indicatorColumns) expect(shownAs(column)(Number.NaN)).toBeNaN();
  });
});
