import { styleText } from 'node:util';
import { FAMILY_TITLES, type IndicatorColumn } from '@rtp/indicators';

const HEADER = ['name', 'family', 'values', 'parameters', 'unit', 'first', 'meaning'] as const;
/** A meaning gets at least this many characters of a line, however narrow the terminal. */
const LEAST_MEANING = 24;

/** One line a column, whole: for pipes and files. */
export function plainCatalogue(columns: readonly IndicatorColumn[]): readonly string[] {
  const rows = columns.map((column) => [
    column.name,
    column.family,
    column.storage,
    parametersOf(column) || '-',
    column.unit,
    firstOf(column),
    column.meaning,
  ]);
  return aligned([[...HEADER], ...rows]);
}

/** By family, meanings wrapped so that no line is longer than `width`. */
export function terminalCatalogue(columns: readonly IndicatorColumn[], width: number): readonly string[] {
  const families = [...new Set(columns.map(({ family }) => family))];
  const lines: string[] = [];
  for (const family of families) {
    const members = columns.filter((column) => column.family === family);
    const heading = `${FAMILY_TITLES[family]}  --family ${family}, ${members.length} columns`;
    if (lines.length > 0) lines.push('');
    lines.push(styleText('bold', cut(heading, width)));
    const facts = members.map(({ name, unit, storage, first }) => [name, unit, firstOf({ first }), storage]);
    const heads = aligned([['name', 'unit', 'first', 'values'], ...facts]);
    const indent = Math.max(...heads.map((head) => head.length)) + 2;
    for (const [index, head] of heads.entries()) {
      const column = members[index - 1];
      if (column === undefined) lines.push(styleText('dim', cut(`${head.padEnd(indent)}meaning`, width)));
      else lines.push(...beside(head.padEnd(indent), meaningWithParameters(column), width));
    }
  }
  return lines;
}

/** Text to the right of `head`, wrapped; under it where there is no room beside. */
function beside(head: string, text: string, width: number): readonly string[] {
  const room = width - head.length;
  const indent = room >= LEAST_MEANING ? head.length : 4;
  const wrapped = wrap(text, width - indent);
  const rest = wrapped.slice(room >= LEAST_MEANING ? 1 : 0).map((line) => `${' '.repeat(indent)}${line}`);
  return [room >= LEAST_MEANING ? `${head}${wrapped[0]}` : cut(head.trimEnd(), width), ...rest];
}

const parametersOf = ({ parameters }: IndicatorColumn): string =>
  Object.entries(parameters)
    .map(([name, value]) => `${name}=${value}`)
    .join(' ');

function meaningWithParameters(column: IndicatorColumn): string {
  const parameters = parametersOf(column);
  return parameters === '' ? column.meaning : `${column.meaning} [${parameters}]`;
}

/** Index of the first bar with a value. */
const firstOf = ({ first }: Pick<IndicatorColumn, 'first'>): string => (first === null ? '-' : String(first));

function aligned(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = rows[0]?.map((_, index) => Math.max(...rows.map((row) => row[index]?.length ?? 0))) ?? [];
  return rows.map((row) =>
    row
      .map((cell, index) => cell.padEnd(widths[index] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}

function wrap(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (longer.length <= width || line === '') line = longer;
    else {
      lines.push(line);
      line = word;
    }
  }
  return [...lines, line].map((whole) => cut(whole, width));
}

const cut = (text: string, width: number): string => (text.length <= width ? text : `${text.slice(0, width - 1)}…`);
