import { nearestOf } from '@rtp/core';
import { FAMILIES, type IndicatorColumn, indicatorColumn, indicatorColumns, storedColumns } from '@rtp/indicators';
import { storeClientErrors } from '../errors.ts';

/** Every column there is. */
const ALL = 'all';
const NAMES = [...indicatorColumns.map(({ name }) => name), ...FAMILIES, ALL];

/**
 * Columns by name, in the order asked for and each once; the name of a family stands for its columns, `all` for every
 * one; capitals do not matter. No names: the columns stored with the minute. Errors: RTP_INDICATOR_UNKNOWN with the nearest names.
 */
export function selectColumns(names: readonly string[] = []): readonly IndicatorColumn[] {
  if (names.length === 0) return storedColumns;
  const asked = names.map((name) => name.toLowerCase());
  const unknown = asked.filter((name) => !NAMES.includes(name));
  if (unknown.length > 0) throw unknownColumns(unknown);
  return [...new Set(asked.flatMap(columnsOf))];
}

function columnsOf(name: string): readonly IndicatorColumn[] {
  if (name === ALL) return indicatorColumns;
  const column = indicatorColumn(name);
  return column === undefined ? indicatorColumns.filter(({ family }) => family === name) : [column];
}

function unknownColumns(unknown: readonly string[]): Error {
  const problems = unknown.map((name) => {
    const near = nearestOf(name, NAMES);
    return near === null ? `"${name}"` : `"${name}" (did you mean ${near}?)`;
  });
  const are = unknown.length === 1 ? 'is no indicator' : 'are no indicators';
  return storeClientErrors.create('RTP_INDICATOR_UNKNOWN', `${problems.join(', ')} ${are}.`);
}
