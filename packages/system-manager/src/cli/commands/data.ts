import { once } from 'node:events';
import { istIso, type Timeframe } from '@rtp/core';
import { type IndicatorTable, type MarketBar, openMarketData } from '@rtp/store-client';
import { managerErrors } from '../../errors.ts';
import { type CommonOptions, cliContext } from '../cli-context.ts';
import { endWithReader } from '../reader-gone.ts';

export interface DataOptions extends CommonOptions {
  readonly date?: string;
  readonly from?: string;
  readonly to?: string;
  readonly timeframe: Timeframe;
  readonly format: 'table' | 'csv' | 'json';
  /** Columns or families shown beside the bars. */
  readonly indicators?: readonly string[];
}

const COLUMNS = ['symbol', 'time', 'open', 'high', 'low', 'close', 'volume', 'source', 'state', 'revision'] as const;
const WORDS: readonly string[] = ['symbol', 'time', 'source', 'state'];
const PRICE_DECIMALS = 2;
/** Most places of an indicator in a table; CSV and JSON have them all. */
const TABLE_DECIMALS = 4;

/** `rtp data SYMBOL`: stored bars and indicators, from the running store or from the catalogue. */
export async function dataCommand(symbol: string, options: DataOptions): Promise<number> {
  endWithReader();
  const from = options.date ?? options.from;
  const to = options.date ?? options.to ?? '9999-12-31';
  if (from === undefined) {
    throw managerErrors.create('RTP_USAGE', 'Which day? Give --date, or --from and --to, as YYYY-MM-DD.');
  }
  if (from > to) throw managerErrors.create('RTP_USAGE', `--from ${from} lies after --to ${to}.`);
  const { paths } = cliContext(options);
  const reader = await openMarketData(paths);
  try {
    const { indicators: names, timeframe } = options;
    const table = names === undefined ? null : await reader.loadIndicators(symbol, timeframe, from, to, names);
    const bars = await reader.getMarketData(symbol, timeframe, from, to);
    await print(bars, beside(bars, table), options.format);
  } finally {
    await reader.close();
  }
  return 0;
}

/** Indicators by bar: null where a bar has no value, or is made of partial minutes alone. */
interface Beside {
  readonly names: readonly string[];
  readonly rows: readonly (readonly (number | null)[])[];
}

function beside(bars: readonly MarketBar[], table: IndicatorTable | null): Beside {
  if (table === null) return { names: [], rows: bars.map(() => []) };
  const rowAt = new Map(Array.from(table.times, (time, row) => [time, row] as const));
  const rows = bars.map(({ time }) => {
    const row = rowAt.get(time);
    return table.values.map((values) => {
      const value = row === undefined ? Number.NaN : (values[row] as number);
      return Number.isNaN(value) ? null : value;
    });
  });
  return { names: table.columns, rows };
}

async function print(
  bars: readonly MarketBar[],
  { names, rows }: Beside,
  format: DataOptions['format'],
): Promise<void> {
  const titles = [...COLUMNS, ...names];
  if (format === 'json') {
    const objects = bars.map((bar, index) => {
      const values = names.map((name, column) => [name, rows[index]?.[column]]);
      return { ...bar, time: istIso(bar.time), knownAt: istIso(bar.knownAt), ...Object.fromEntries(values) };
    });
    await write(`${JSON.stringify(objects, null, 2)}\n`);
  } else if (format === 'csv') {
    const lines = bars.map((bar, index) => [...cells(bar), ...(rows[index] ?? [])].join(','));
    await write(`${[titles.join(','), ...lines].join('\n')}\n`);
  } else {
    const decimals = names.map((_, column) => {
      return rows.reduce((most, row) => Math.min(TABLE_DECIMALS, Math.max(most, placesOf(row[column] ?? 0))), 0);
    });
    const shown = bars.map((bar, index) => {
      const values = (rows[index] ?? []).map((value, column) => value?.toFixed(decimals[column]) ?? '');
      return [...cells(bar, PRICE_DECIMALS), ...values];
    });
    await write(aligned(titles, shown));
  }
}

/** Columns padded to their widest cell: numbers to the right, words to the left. */
function aligned(titles: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = titles.map((title, column) => {
    return rows.reduce((width, row) => Math.max(width, row[column]?.length ?? 0), title.length);
  });
  const line = (row: readonly string[]): string =>
    row
      .map((cell, column) => {
        const width = widths[column] as number;
        return WORDS.includes(titles[column] as string) ? cell.padEnd(width) : cell.padStart(width);
      })
      .join('  ')
      .trimEnd();
  return `${[line(titles), ...rows.map(line)].join('\n')}\n`;
}

/** A bar's cells in the order of COLUMNS; prices with at least `decimals` places. */
function cells(bar: MarketBar, decimals = 0): readonly string[] {
  return COLUMNS.map((column) => {
    const value = bar[column];
    if (column === 'time') return istIso(bar.time);
    if (typeof value !== 'number' || column === 'volume' || column === 'revision') return String(value);
    return placesOf(value) >= decimals ? String(value) : value.toFixed(decimals);
  });
}

/** Decimal places of a number as it is written shortest. */
function placesOf(value: number): number {
  const [digits = '', exponent = '0'] = String(value).split('e');
  return Math.max(0, (digits.split('.')[1]?.length ?? 0) - Number(exponent));
}

async function write(text: string): Promise<void> {
  if (!process.stdout.write(text)) await once(process.stdout, 'drain');
}
