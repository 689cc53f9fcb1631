import { stripVTControlCharacters } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import { FAMILIES, indicatorColumns, storedColumns } from '@rtp/indicators';
import { indicatorsListCommand } from '../../packages/system-manager/src/cli/commands/indicators-list.ts';
import { plainCatalogue, terminalCatalogue } from '../../packages/system-manager/src/indicators/catalogue-table.ts';

describe('the catalogue of indicators', () => {
  test('is one whole line a column where it is piped', () => {
    const [header, ...lines] = plainCatalogue(indicatorColumns);
    expect(header).toMatch(/^name +family +values +parameters +unit +first +meaning$/);
    expect(lines).toHaveLength(indicatorColumns.length);
    for (const [index, { name, family, meaning }] of indicatorColumns.entries()) {
      expect(lines[index]).toMatch(new RegExp(`^${name} +${family} `));
      expect(lines[index]!.endsWith(meaning)).toBe(true);
    }
  });

  test.each([30, 60, 80, 200])('fits a terminal of %d columns and loses no word of a meaning', (width) => {
    const lines = terminalCatalogue(indicatorColumns, width).map(stripVTControlCharacters);
    expect(lines.filter((line) => line.length > width)).toEqual([]);
    for (const { name } of indicatorColumns) {
      expect(lines.some((line) => line.startsWith(name.slice(0, width - 1)))).toBe(true);
    }
    const words = new Set(lines.flatMap((line) => line.split(/ +/)));
    const long = (word: string): boolean => word.length < 20;
    expect(
      indicatorColumns
        .flatMap(({ meaning }) => meaning.split(' ').filter(long))
        .filter((word) => !words.has(word) && !words.has(`${word}`)),
    ).toEqual([]);
  });

  test('an unknown family names the known ones', async () => {
    const problem = await indicatorsListCommand({ family: 'volatile' }).catch((error: unknown) => error);
    expect(problem).toMatchObject({ code: 'RTP_INDICATOR_UNKNOWN', exitCode: 64 });
    for (const family of FAMILIES) expect((problem as { fix: string }).fix).toContain(family);
  });

  test('stored columns are those stored with the minute', () => {
    expect(
      plainCatalogue(storedColumns)
        .slice(1)
        .every((line) => / minute /.test(line)),
    ).toBe(true);
  });
});
