import { existsSync } from 'node:fs';
import type { DuckDBConnection } from '@duckdb/node-api';
import { type DataPaths, describeError, type EpochMs, openClock } from '@rtp/core';
import { storeClientErrors } from '../errors.ts';
import type { MarketDataReader } from '../market-data.ts';
import type { NumberRunner, QueryRunner, QueryValue } from '../queries/query-runner.ts';
import { sqlMarketData } from './sql-market-data.ts';

const READER_OPTIONS = { access_mode: 'READ_ONLY', memory_limit: '256MB', threads: '2' };

/** SQL over a catalogue, until closed. */
export interface CatalogueConnection {
  readonly run: NumberRunner;
  /** The market's time: of a stopped virtual market that of its last commit. */
  marketNow(): Promise<EpochMs>;
  close(): void;
}

/**
 * Connects to the catalogue of a data directory in this process, READ_ONLY, whether the system runs or not. DuckDB is
 * loaded only here. Errors: RTP_CATALOGUE_MISSING, RTP_CATALOGUE_UNREADABLE.
 */
export async function connectCatalogue(paths: DataPaths): Promise<CatalogueConnection> {
  if (!existsSync(paths.catalogueFile)) {
    throw storeClientErrors.create('RTP_CATALOGUE_MISSING', `${paths.dataDir} has no market.duckdb.`);
  }
  const connection = await connect(paths.catalogueFile);
  try {
    await checkPlace(connection.run, paths);
    return { ...connection, marketNow: () => readMarketNow(connection.run, paths) };
  } catch (error) {
    connection.close();
    throw error;
  }
}

/** Market data from the catalogue, read in this process. Errors: as `connectCatalogue`. */
export async function openCatalogue(paths: DataPaths): Promise<MarketDataReader> {
  const { run, marketNow, close } = await connectCatalogue(paths);
  const data = sqlMarketData(run);
  return {
    via: 'catalogue',
    getAvailableSymbols: data.getAvailableSymbols,
    getMarketData: data.getMarketData,
    loadIndicators: data.loadIndicators,
    getCoverage: async (date) => data.getCoverage(date, await marketNow()),
    close: async () => close(),
  };
}

async function connect(file: string): Promise<Omit<CatalogueConnection, 'marketNow'>> {
  const { DuckDBInstance } = await import('@duckdb/node-api');
  try {
    const instance = await DuckDBInstance.create(file, READER_OPTIONS);
    const connection = await instance.connect();
    return {
      run: {
        rows: async (sql) => (await connection.runAndReadAll(sql)).getRows() as QueryValue[][],
        numbers: (sql) => numbersOf(connection, sql),
      },
      close: () => {
        connection.closeSync();
        instance.closeSync();
      },
    };
  } catch (cause) {
    throw storeClientErrors.create('RTP_CATALOGUE_UNREADABLE', `${file}: ${describeError(cause)}`, { cause });
  }
}

async function* numbersOf(connection: DuckDBConnection, sql: string): AsyncGenerator<readonly ArrayLike<number>[]> {
  const result = await connection.stream(sql);
  for (;;) {
    const chunk = await result.fetchChunk();
    if (chunk === null || chunk.rowCount === 0) return;
    yield Array.from({ length: chunk.columnCount }, (_, index) => {
      return (chunk.getColumnVector(index) as unknown as { items: ArrayLike<number> }).items;
    });
  }
}

/** The catalogue names files by absolute path, so it is only good where it was built. */
async function checkPlace(run: QueryRunner, paths: DataPaths): Promise<void> {
  const [row] = await run.rows('SELECT data_dir FROM catalogue_info');
  if (row?.[0] === paths.dataDir) return;
  throw storeClientErrors.create(
    'RTP_CATALOGUE_UNREADABLE',
    `${paths.catalogueFile} was built for ${row?.[0]}; the data directory has moved since.`,
    { fix: 'Start the system once with this --data-dir: it rebuilds the catalogue.' },
  );
}

/** A stopped virtual market stands at its last commit; the real one goes on. */
async function readMarketNow(run: QueryRunner, paths: DataPaths): Promise<EpochMs> {
  const clock = openClock(paths);
  if (clock.kind === 'system') return clock.now();
  const [row] = await run.rows('SELECT max(epoch_ms(committed_at))::DOUBLE FROM commits');
  return typeof row?.[0] === 'number' ? row[0] : clock.now();
}
