import { expect, test } from '@jest/globals';
import { indicatorColumns, yearFactor } from '@rtp/indicators';

test('exactly the columns whose formula counts a year in one-minute bars are marked', () => {
  const marked = indicatorColumns.filter(({ annualised }) => annualised).map(({ name }) => name);
  expect(marked).toContain('hv_20');
  expect(marked).toEqual(
    indicatorColumns.filter(({ formula }) => formula.includes('252 * 375')).map(({ name }) => name),
  );
});

test('a year has the square root of as many fewer bars as a session has', () => {
  expect(yearFactor(375)).toBe(1);
  expect(yearFactor(75)).toBeCloseTo(Math.sqrt(1 / 5), 12);
});
