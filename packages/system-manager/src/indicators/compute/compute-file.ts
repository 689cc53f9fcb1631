/** Indicators of the bars in a file: read, checked, computed and written series by series, in bounded memory. */
import type { DuckDBConnection } from '@duckdb/node-api';
import { type IndicatorColumn, IndicatorEngine, sessionFields, type TradingDays } from '@rtp/indicators';
import type { BarColumn } from './bar-fields.ts';
import { type ChosenColumns, computable } from './choose-columns.ts';
import { numberChunks, withScratch } from './scratch-duckdb.ts';
import { type StagedBars, stageBars } from './stage-bars.ts';
import type { OutputLayout, ValueWriter } from './value-writer.ts';

export interface ComputeRequest {
  readonly file: string;
  readonly columns: readonly IndicatorColumn[];
  /** Those of them that were asked for by their own name. */
  readonly byName: ReadonlySet<string>;
  /** Only this series; names the series of a file without symbols. */
  readonly symbol: string | null;
  readonly sessions: TradingDays | 'none';
  /** Smallest price step, rupees. */
  readonly tick: number;
}

/** What was done, for people. */
export interface ComputeResult {
  readonly rows: number;
  readonly series: number;
  readonly columns: number;
}

/** What to tell before rows are written. */
export interface ComputeNotes extends Pick<StagedBars, 'ignored' | 'wasSorted'>, Pick<ChosenColumns, 'leftOut'> {}

/** Rows computed at a time: what the engine hands over. */
const BLOCK_ROWS = 2_048;
const REPEATED = ['open', 'high', 'low', 'close', 'volume'] as const;

/**
 * Computes a file. `open` is called once the file has been found good, before the first row.
 * Errors: those of `stageBars` and `computable`; the calendar's.
 */
export function computeFile(
  request: ComputeRequest,
  open: (layout: OutputLayout, connection: DuckDBConnection, notes: ComputeNotes) => Promise<ValueWriter>,
): Promise<ComputeResult> {
  const { file, symbol } = request;
  return withScratch(async (connection, second) => {
    const staged = await stageBars(connection, file, symbol);
    const { columns, leftOut } = computable(file, request.columns, request.byName, staged.columns);
    const layout: OutputLayout = {
      hasSymbol: staged.columns.has('symbol') || symbol !== null,
      bars: REPEATED.filter((name) => staged.columns.has(name)),
      columns: columns.map(({ name }) => name),
    };
    const { ignored, wasSorted } = staged;
    const writer = await open(layout, second, { ignored, wasSorted, leftOut });
    const rows = await computeAll(connection, staged, layout, request, writer);
    await writer.end();
    return { rows, series: staged.series.length, columns: columns.length };
  });
}

async function computeAll(
  connection: DuckDBConnection,
  staged: StagedBars,
  layout: OutputLayout,
  { symbol, sessions, tick }: ComputeRequest,
  writer: ValueWriter,
): Promise<number> {
  const engine = new IndicatorEngine(layout.columns, 1);
  const values = layout.columns.map(() => new Float64Array(BLOCK_ROWS));
  const ticks = new Float64Array(BLOCK_ROWS).fill(tick);
  const bench = new Float64Array(BLOCK_ROWS).fill(Number.NaN);
  const left = staged.series.map(({ rows }) => rows);
  let series = 0;
  let total = 0;
  for await (const { rows, columns } of numberChunks(connection, readSql(staged))) {
    for (let start = 0; start < rows; ) {
      const length = Math.min(left[series]!, rows - start, BLOCK_ROWS);
      const part = columns.map((numbers) => numbers.subarray(start, start + length));
      const [times, opens, highs, lows, closes, volumes, benches] = part as NumberColumns;
      carryOn(bench, benches, length);
      const fields = sessionFields(times, sessions);
      const bars = {
        open: opens,
        high: highs,
        low: lows,
        close: closes,
        volume: volumes,
        bench,
        tick: ticks,
        ...fields,
      };
      engine.run(0, { length, ...bars }, values);
      const repeated = layout.bars.map((name) => bars[name]);
      const name = staged.series[series]!.symbol || (symbol ?? '');
      await writer.write({ symbol: name, length, times, bars: repeated, values });
      total += length;
      start += length;
      left[series]! -= length;
      if (left[series] !== 0) continue;
      series += 1;
      engine.reset(0);
      bench.fill(Number.NaN);
    }
  }
  if (left.some((rows) => rows > 0)) throw new Error(`only ${total} rows of the file were computed`);
  return total;
}

type NumberColumns = [
  times: Float64Array,
  opens: Float64Array,
  highs: Float64Array,
  lows: Float64Array,
  closes: Float64Array,
  volumes: Float64Array,
  benches: Float64Array,
];

function readSql({ table, columns }: StagedBars): string {
  const number = (name: BarColumn, otherwise: string): string => (columns.has(name) ? name : otherwise);
  const bench = columns.has('bench') ? "coalesce(bench, 'NaN'::DOUBLE)" : "'NaN'::DOUBLE";
  return `SELECT ts, open, high, low, close, ${number('volume', '0::DOUBLE')}, ${bench} FROM ${table}`;
}

/** Closes of the benchmark, each minute without one at the one before; the last of a block goes on into the next. */
function carryOn(bench: Float64Array, given: Float64Array, length: number): void {
  let last = bench[bench.length - 1]!;
  for (let row = 0; row < length; row += 1) {
    if (!Number.isNaN(given[row])) last = given[row]!;
    bench[row] = last;
  }
  bench[bench.length - 1] = last;
}
