import { once } from 'node:events';
import { istIso, type Timeframe } from '@rtp/core';
import { type MarketBar, openMarketData } from '@rtp/store-client';
import { managerErrors } from '../../errors.ts';
import { type CommonOptions, cliContext } from '../cli-context.ts';
import { endWithReader } from '../reader-gone.ts';

export interface DataOptions extends CommonOptions {
  readonly date?: string;
  readonly from?: string;
  readonly to?: string;
  readonly timeframe: Timeframe;
  readonly format: 'table' | 'csv' | 'json';
}

const COLUMNS = ['symbol', 'time', 'open', 'high', 'low', 'close', 'volume', 'source', 'state', 'revision'] as const;
type Column = (typeof COLUMNS)[number];

/** `rtp data SYMBOL`: stored bars, from the running store or from the catalogue. */
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
    await print(await reader.getMarketData(symbol, options.timeframe, from, to), options.format);
  } finally {
    await reader.close();
  }
  return 0;
}

async function print(bars: readonly MarketBar[], format: DataOptions['format']): Promise<void> {
  if (format === 'json') {
    await write(
      `${JSON.stringify(
        bars.map((bar) => ({ ...bar, time: istIso(bar.time) })),
        null,
        2,
      )}\n`,
    );
  } else if (format === 'csv') {
    await write(`${[COLUMNS.join(','), ...bars.map((bar) => cells(bar).join(','))].join('\n')}\n`);
  } else {
    await write(table(bars));
  }
}

/** Columns padded to their widest cell: numbers to the right, words to the left. */
function table(bars: readonly MarketBar[]): string {
  const rows = bars.map((bar) => cells(bar, 2));
  const widths = COLUMNS.map((column, index) => Math.max(column.length, ...rows.map((row) => row[index]?.length ?? 0)));
  const line = (row: readonly string[]): string =>
    row
      .map((cell, index) =>
        isNumber(COLUMNS[index] as Column)
          ? cell.padStart(widths[index] as number)
          : cell.padEnd(widths[index] as number),
      )
      .join('  ')
      .trimEnd();
  return `${[line(COLUMNS), ...rows.map(line)].join('\n')}\n`;
}

const isNumber = (column: Column): boolean => !['symbol', 'time', 'source', 'state'].includes(column);

/** A bar's cells in the order of COLUMNS; prices with at least `decimals` places. */
function cells(bar: MarketBar, decimals = 0): readonly string[] {
  return COLUMNS.map((column) => {
    const value = bar[column];
    if (column === 'time') return istIso(bar.time);
    if (typeof value !== 'number' || column === 'volume' || column === 'revision') return String(value);
    const text = String(value);
    const places = text.split('.')[1]?.length ?? 0;
    return places >= decimals ? text : value.toFixed(decimals);
  });
}

async function write(text: string): Promise<void> {
  if (!process.stdout.write(text)) await once(process.stdout, 'drain');
}
