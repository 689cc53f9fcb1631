/** Generates docs/indicators.md from the registry of indicators; `--write` writes it, the gate compares. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '@rtp/core';
import { FAMILIES, FAMILY_TITLES, type IndicatorColumn, indicatorColumns, storedColumns } from '@rtp/indicators';
import { markdownTable } from './lib/markdown-table.ts';
import type { Violation } from './lib/source-files.ts';

const DOC = 'docs/indicators.md';

/** `docs/indicators.md` says what the registry says, and every column says what it means. */
export function indicatorsDocGate(root: string): readonly Violation[] {
  const violations: Violation[] = indicatorColumns
    .filter(({ meaning, formula }) => meaning === '' || formula === '')
    .map(({ name }) => ({ file: 'packages/indicators/src/families', line: 1, message: `${name} has no meaning` }));
  const path = join(root, DOC);
  if (!existsSync(path) || readFileSync(path, 'utf8') !== indicatorsDoc(indicatorColumns)) {
    const message = 'differs from the registry; run `node tests/gates/indicators-doc.ts --write`';
    violations.push({ file: DOC, line: 1, message });
  }
  return violations;
}

/** The document, from the registry's columns. */
export function indicatorsDoc(columns: readonly IndicatorColumn[]): string {
  const sections = FAMILIES.map((family) => {
    const own = columns.filter((column) => column.family === family);
    return `## ${FAMILY_TITLES[family]} (${own.length})\n\n${markdownTable(HEADER, own.map(row))}`;
  });
  const from = (origin: IndicatorColumn['origin']): number =>
    columns.filter((column) => column.origin === origin).length;
  const stored = columns.filter(({ storage }) => storage === 'minute').length;
  return `# Indicators

${columns.length} columns: ${from('TA-Lib')} are plain TA-Lib calls, ${from('composed')} TA-Lib calls and arithmetic, ${from('own')} have no counterpart there. A
column's value belongs to the close of its bar and is made of that bar and those before it, never of later ones.

**The series.** An instrument's bars in time order from the first one stored; a minute without trades has no bar and moves nothing, a partial bar is left out. Windows run
across sessions; only the session family and the day levels know what a session is. When an old bar is corrected, everything after it is computed again.

**No value yet** is NULL, never 0: *first* is the index, from 0, of the first bar with a value; "–" means that it depends on sessions or events. A divisor of zero
answers what the formula says, never NaN or infinity.

**Where it is.** ${stored} columns are stored with every minute (view \`indicators\`, in SQL), rounded to the decimals given; *day* columns are constant all day; these and
all others are computed from the bars when they are asked for (\`/indicators\`, \`loadIndicators\`, \`rtp data\`), unrounded. Higher timeframes are computed on bars
resampled on session boundaries.

**Against TA-Lib.** Columns from TA-Lib equal it to 1e-9 of the column's largest value, candlesticks exactly, warm-up included, in bulk, bar by bar and with the forming bar
rewritten. Exponential averages are seeded with the mean of their first n inputs.

**trading-signals** is the second opinion: the last table column shows its class and how it compares. \`=\` the same to 1e-9 from the first value; \`=f\` the same but on windows
that do not move, where it has another convention; \`~\` another seed, the same within 1e-6 after 250 to 1,000 bars; \`≠\` another meaning under the same name. The
nightly proof computes the \`=\` columns with it once more. It computes none of the columns that are served: its
classes keep state in objects, which can be neither copied nor restored at once, and cost 0.03 to 11 microseconds a bar and column where these take about 0.01.

${sections.join('\n')}`;
}

const HEADER = ['Column', 'Meaning', 'Formula', 'Unit', 'First', 'Kept', 'TA-Lib', 'trading-signals'];

function row(column: IndicatorColumn): readonly string[] {
  const { name, meaning, formula, unit, first, storage, decimals, talib, origin, tradingSignals } = column;
  const kept = { minute: `minute, ${decimals} decimals`, day: 'day', read: 'on read' }[storage];
  const source = talib === null ? origin : origin === 'composed' ? `${talib} composed` : talib;
  return [
    `\`${name}\``,
    meaning,
    formula,
    unit,
    first === null ? '–' : String(first),
    kept,
    source,
    tradingSignals === null ? '' : `${MARKS[tradingSignals.agreement]} ${tradingSignals.name}`.trim(),
  ];
}

const MARKS: Readonly<Record<NonNullable<IndicatorColumn['tradingSignals']>['agreement'], string>> = {
  equal: '=',
  equal_but_flat: '=f',
  other_seed: '~',
  different: '≠',
  unmarked: '',
  none: '',
};

if (import.meta.main && process.argv.includes('--write')) {
  writeFileSync(join(projectRoot, DOC), indicatorsDoc(indicatorColumns));
  console.log(`${DOC} written, ${storedColumns.length} columns stored`);
}
