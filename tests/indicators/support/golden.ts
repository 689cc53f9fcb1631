/** TA-Lib's own answers (golden/README.md) and the rule by which ours are compared with them. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { emptySeries, type Series } from './series.ts';

type Cell = number | null | 'NaN';

interface Answers {
  readonly talib: Readonly<Record<string, readonly Cell[]>>;
  readonly composed: Readonly<Record<string, readonly Cell[]>>;
  readonly exceptions: Readonly<
    Record<string, { readonly bars: readonly number[]; readonly value: number | 'close' | 'finite' }>
  >;
}

interface Expected {
  readonly loose: Readonly<Record<string, number>>;
  readonly series: Readonly<Record<string, Answers>>;
}

type Input = { readonly series: Readonly<Record<string, Readonly<Record<string, readonly number[]>>>> };

interface GoldenSeries extends Answers {
  readonly input: Readonly<Record<string, readonly number[]>>;
  readonly loose: Expected['loose'];
}

const read = (file: string): unknown =>
  JSON.parse(gunzipSync(readFileSync(join(import.meta.dirname, '../golden', file))).toString());

function readPair(inputFile: string, expectedFile: string): [string, GoldenSeries][] {
  const input = read(inputFile) as Input;
  const { loose, series } = read(expectedFile) as Expected;
  return Object.entries(input.series).map(([name, bars]) => [name, { ...series[name]!, input: bars, loose }]);
}

const golden = new Map([
  ...readPair('input.json.gz', 'expected.json.gz'),
  ...readPair('unseen-input.json.gz', 'unseen-expected.json.gz'),
]);

/** Relative to the largest value of the column. */
const TOLERANCE = 1e-9;

export const GOLDEN_SERIES = [...golden.keys()];

/** Bars of a golden series: 375 a session. */
export function goldenBars(name: string): Series {
  const source = golden.get(name)!.input;
  const series = emptySeries(source.close!.length);
  for (const field of ['open', 'high', 'low', 'close', 'volume', 'bench'] as const) {
    series[field].set(source[field] ?? new Array(series.length).fill(Number.NaN));
  }
  for (let bar = 0; bar < series.length; bar += 1) {
    series.session[bar] = Math.floor(bar / 375);
    series.minuteOfSession[bar] = bar % 375;
    series.minuteOfDay[bar] = 555 + (bar % 375);
    series.tick[bar] = 0.05;
  }
  return series;
}

/** Columns for which a golden series has answers. */
export function goldenColumns(series: string): readonly string[] {
  const { talib, composed } = golden.get(series)!;
  return [...Object.keys(talib), ...Object.keys(composed)];
}

/** What is wrong with a column by the golden rule, or null. */
export function goldenProblem(series: string, column: string, values: Float64Array): string | null {
  const { talib, composed, exceptions, loose, input } = golden.get(series)!;
  const want = (talib[column] ?? composed[column])!;
  const close = input.close!;
  const scale = Math.max(...want.map((cell) => (typeof cell === 'number' ? Math.abs(cell) : 0)));
  const tolerance = column.startsWith('cdl_') ? 0 : (loose[column] ?? TOLERANCE);
  const except = exceptions[column];
  for (const [bar, cell] of want.entries()) {
    const got = values[bar]!;
    if (except?.bars.includes(bar)) {
      if (except.value === 'finite') {
        if (!Number.isFinite(got)) return `bar ${bar}: ${got} is no number`;
        continue;
      }
      const value = except.value === 'close' ? close[bar]! : except.value;
      if (!(Math.abs(got - value) <= 1e-6 * Math.max(1, close[bar]!)))
        return `bar ${bar}: ${got}, exception says ${value}`;
    } else if (typeof cell !== 'number') {
      if (!Number.isNaN(got)) return `bar ${bar}: ${got} where TA-Lib has no value`;
    } else if (!(Math.abs(got - cell) <= tolerance * Math.max(Math.abs(cell), scale))) {
      return `bar ${bar}: ${got}, TA-Lib says ${cell}`;
    }
  }
  return null;
}
