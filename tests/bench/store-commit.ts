/**
 * What a commit costs: a day of minutes at `--symbols` (500), each committed and published with its indicators (every
 * stored column of the registry), then a sweep of official bars in batches of 50 instruments, against a plain append
 * of the same bars; what one symbol's indicators cost to read on the open and on the sealed day; and what the seal
 * takes. Prints one JSON line.
 *
 * node tests/bench/store-commit.ts [--symbols 500] [--minutes 375] [--bars-only]
 */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { DuckDBInstance } from '@duckdb/node-api';
import { type Bar, monotonicMs } from '@rtp/core';
import { storedColumns } from '@rtp/indicators';
import { loadWire, makeBatch } from '@rtp/store-client';
import { openAsUser } from '../store/support/catalogue.ts';
import { bar, DATE, openTestStore, removeTempDirs } from '../store/support/fixtures.ts';
import { RandomIndicators } from './random-indicators.ts';

const { values } = parseArgs({
  options: {
    symbols: { type: 'string', default: '500' },
    minutes: { type: 'string', default: '375' },
    'bars-only': { type: 'boolean', default: false },
  },
});
const symbols = Number(values.symbols);
const minutes = Number(values.minutes);
const SWEEP_INSTRUMENTS = 50;

const quantile = (samples: readonly number[], share: number): number => {
  const sorted = [...samples].sort((a, b) => a - b);
  return Number((sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0).toFixed(1));
};
const summary = (samples: readonly number[]): { p50: number; p99: number; max: number } => ({
  p50: quantile(samples, 0.5),
  p99: quantile(samples, 0.99),
  max: quantile(samples, 1),
});

const feedBar = (id: number, minute: number): Bar =>
  bar(id, minute, {
    open: 100 + id,
    high: 101 + id,
    low: 99 + id,
    close: 100 + id + (minute % 20) * 0.05,
    volume: id * minute,
  });

async function plainAppend(): Promise<number[]> {
  const instance = await DuckDBInstance.create(':memory:', { threads: '1' });
  const connection = await instance.connect();
  await connection.run(
    'CREATE TABLE bars (id UINTEGER, ts TIMESTAMPTZ, o DOUBLE, h DOUBLE, l DOUBLE, c DOUBLE, v BIGINT)',
  );
  const samples: number[] = [];
  for (let minute = 0; minute < 50; minute += 1) {
    const started = monotonicMs();
    const appender = await connection.createAppender('bars');
    for (let id = 1; id <= symbols; id += 1) {
      const row = feedBar(id, minute);
      appender.appendUInteger(id);
      appender.appendNull();
      for (const price of [row.open, row.high, row.low, row.close]) appender.appendDouble(price);
      appender.appendBigInt(BigInt(row.volume));
      appender.endRow();
    }
    appender.closeSync();
    samples.push(monotonicMs() - started);
  }
  connection.closeSync();
  instance.closeSync();
  return samples;
}

/** Resident memory of this process, now and at its highest. */
function memoryMb(): { now: number; peak: number } {
  const status = readFileSync('/proc/self/status', 'utf8');
  const of = (key: string): number => Math.round(Number(new RegExp(`${key}:\\s+(\\d+)`).exec(status)?.[1]) / 1e3);
  return { now: of('VmRSS'), peak: of('VmHWM') };
}

/** Median time for three columns of one symbol, asked of the store and by a user's program. */
async function readingMs(): Promise<{ store: number; user: number }> {
  const names = storedColumns.slice(0, 3).map(({ name }) => `"${name}"`);
  const sql = `SELECT time_ist::VARCHAR, ${names.join(', ')} FROM indicators WHERE symbol = 'SYM7' AND date = '${DATE}'`;
  const user = await openAsUser(test.paths);
  const median = async (ask: (sql: string) => Promise<unknown[][]>): Promise<number> => {
    const samples: number[] = [];
    for (let attempt = 0; attempt < 11; attempt += 1) {
      const started = monotonicMs();
      const rows = await ask(sql);
      samples.push(monotonicMs() - started);
      if (rows.length !== (values['bars-only'] ? 0 : minutes)) throw new Error(`${rows.length} rows were read`);
    }
    return quantile(samples, 0.5);
  };
  try {
    return { store: await median(test.ask), user: await median(user.ask) };
  } finally {
    user.close();
  }
}

const plain = await plainAppend();
const test = await openTestStore({ config: { retired_file_grace_ms: 300_000 } });
const ids = await test.register(Array.from({ length: symbols }, (_, index) => `SYM${index}`));
const { encodeBatch, decodeBatch } = await loadWire();
const indicators = new RandomIndicators(values['bars-only'] ? [] : ids);
const commits: number[] = [];
const queryable: number[] = [];
for (let minute = 0; minute < minutes; minute += 1) {
  const envelope = { producerId: 'bench', epoch: 1, seq: minute + 1, tradingDate: DATE };
  const body = encodeBatch(
    makeBatch(envelope, { bars: ids.map((id) => feedBar(id, minute)), indicators: indicators.next(minute) }),
  );
  const started = monotonicMs();
  await test.store.append(decodeBatch(body));
  commits.push(monotonicMs() - started);
  await test.store.published();
  queryable.push(monotonicMs() - started);
}
const afterMinutes = memoryMb();
const sweep: number[] = [];
for (let start = 0; start < ids.length; start += SWEEP_INSTRUMENTS) {
  const bars = ids.slice(start, start + SWEEP_INSTRUMENTS).flatMap((id) =>
    Array.from({ length: minutes }, (_, minute): Bar => {
      const live = feedBar(id, minute);
      const official = { ...live, source: 'chart', state: 'reconciled' } as const;
      return minute % 10 === 0 ? { ...official, high: live.high + 0.05 } : official;
    }),
  );
  const started = monotonicMs();
  const ack = await test.send({ bars });
  sweep.push(monotonicMs() - started);
  if (ack.revised + ack.confirmed !== bars.length) throw new Error(`unexpected ack ${JSON.stringify(ack)}`);
}
await test.store.published();
const folderMb = (table: string): number => {
  const folder = join(test.paths.historyDir, table, `date=${DATE}`);
  const bytes = readdirSync(folder).reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
  return Number((bytes / 1e6).toFixed(1));
};
const openMs = await readingMs();
const publishedMb = folderMb('indicators');
const coverageStarted = monotonicMs();
const coverage = await test.store.coverage(DATE);
const coverageMs = monotonicMs() - coverageStarted;
const sealStarted = monotonicMs();
const receipt = await test.store.seal(DATE, true);
const sealMs = monotonicMs() - sealStarted;
const afterSeal = memoryMb();
const sealedMs = await readingMs();
const sealedMb = Number((folderMb('indicators') - publishedMb).toFixed(1));
await test.close();
removeTempDirs();

const tail = commits.slice(-60);
console.log(
  JSON.stringify({
    symbols,
    minutes,
    plainAppendMs: summary(plain),
    commitMs: summary(commits),
    lastHourCommitMs: summary(tail),
    commitAndPublishMs: summary(queryable),
    lastHourCommitAndPublishMs: summary(queryable.slice(-60)),
    commitToPlainRatio: Number((quantile(commits, 0.5) / quantile(plain, 0.5)).toFixed(2)),
    sweepBatchMs: summary(sweep),
    coverageMs: Math.round(coverageMs),
    covered: coverage.bars,
    sealMs: Math.round(sealMs),
    sealed: receipt.bars,
    indicatorColumns: storedColumns.length,
    sealedIndicators: receipt.indicators,
    publishedIndicatorsMb: publishedMb,
    sealedIndicatorsMb: sealedMb,
    readOneSymbolMs: { open: openMs, sealed: sealedMs },
    rssMb: { afterMinutes, afterSeal },
  }),
);
