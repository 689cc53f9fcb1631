import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DuckDBConnection, DuckDBDataChunk } from '@duckdb/node-api';
import type { TradingDate } from '@rtp/core';
import type { BarTable } from './bar-table.ts';
import { doubles, sqlText, withDuck } from './duck.ts';
import { universeCsv } from './identities.ts';
import { DAY_FILES, type DayFile, INDICES, type UniverseRow } from './prepared-day.ts';
import type { IstWindow } from './session-windows.ts';

/** Everything about a day that is to be simulated. */
export interface Day {
  readonly date: TradingDate;
  readonly source: DayFile['source'];
  /** For people: the session's name in calendars. */
  readonly name: string;
  readonly windows: readonly IstWindow[];
  readonly closingAuctionSymbols: readonly string[];
  readonly provenance: string;
  readonly universe: readonly UniverseRow[];
  readonly bars: BarTable;
}

/** Writes the files of a prepared day into `dir`, `day.json` last: it marks the folder as complete. */
export async function writeDay(day: Day, dir: string): Promise<DayFile> {
  mkdirSync(dir, { recursive: true });
  await writeBars(day.bars, join(dir, DAY_FILES.bars));
  writeFileSync(join(dir, DAY_FILES.universe), universeCsv(day.universe));
  const overlay = {
    date: day.date,
    name: day.name,
    windows: day.windows,
    closing_auction_symbols: day.closingAuctionSymbols,
  };
  writeFileSync(join(dir, DAY_FILES.overlay), `${JSON.stringify(overlay, null, 2)}\n`);
  const file: DayFile = {
    date: day.date,
    source: day.source,
    windows: day.windows.map(([open, close]) => [open, close]),
    symbols: day.universe.length,
    indices: day.bars.symbols.filter((symbol) => INDICES.has(symbol)).sort(),
    closingAuctionSymbols: [...day.closingAuctionSymbols],
    provenance: day.provenance,
  };
  writeFileSync(join(dir, DAY_FILES.day), `${JSON.stringify(file, null, 2)}\n`);
  return file;
}

/** Writes bars ordered by symbol and minute: zstd, `time` in UTC, zero-volume rows kept. */
export async function writeBars(bars: BarTable, file: string): Promise<void> {
  await withDuck(async (connection) => {
    await connection.run('create table stage (n double, t double, o double, h double, l double, c double, v double)');
    await connection.run('create table names (n double, symbol varchar)');
    await appendNames(connection, bars.symbols);
    await appendBars(connection, bars);
    await connection.run(`
      copy (
        select symbol, to_timestamp(t / 1000) as time, o as open, h as high, l as low, c as close, v::bigint as volume
        from stage join names using (n) order by symbol, time
      ) to ${sqlText(file)} (format parquet, compression zstd, parquet_version v2)`);
  });
}

async function appendNames(connection: DuckDBConnection, symbols: readonly string[]): Promise<void> {
  const appender = await connection.createAppender('names');
  for (const [number, symbol] of symbols.entries()) {
    appender.appendDouble(number);
    appender.appendVarchar(symbol);
    appender.endRow();
  }
  appender.closeSync();
}

async function appendBars(connection: DuckDBConnection, bars: BarTable): Promise<void> {
  const { DOUBLE, DuckDBDataChunk: Chunk } = await import('@duckdb/node-api');
  const appender = await connection.createAppender('stage');
  const capacity = 2_048;
  const types = [DOUBLE, DOUBLE, DOUBLE, DOUBLE, DOUBLE, DOUBLE, DOUBLE];
  for (let first = 0; first < bars.length; first += capacity) {
    const chunk = Chunk.create(types, Math.min(capacity, bars.length - first));
    fillChunk(chunk, bars, first);
    appender.appendDataChunk(chunk);
  }
  appender.closeSync();
}

function fillChunk(chunk: DuckDBDataChunk, bars: BarTable, first: number): void {
  const readers = [
    (row: number) => bars.symbolNumber(row),
    (row: number) => bars.ts(row),
    (row: number) => bars.value(row, 'open'),
    (row: number) => bars.value(row, 'high'),
    (row: number) => bars.value(row, 'low'),
    (row: number) => bars.value(row, 'close'),
    (row: number) => bars.value(row, 'volume'),
  ];
  for (const [column, read] of readers.entries()) {
    const items = doubles(chunk, column);
    for (let index = 0; index < chunk.rowCount; index += 1) items[index] = read(first + index);
    chunk.getColumnVector(column).flush();
  }
}
