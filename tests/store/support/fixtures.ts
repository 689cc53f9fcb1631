import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type Absence,
  addDays,
  atIst,
  type Bar,
  configSchema,
  type DataPaths,
  dataPaths,
  type EpochMs,
  type InstrumentClass,
  type InstrumentListing,
  ManualClock,
  MINUTE_MS,
  type RtpConfig,
  type SessionCalendar,
  type SessionWindow,
  silentLogger,
  type TradingDate,
} from '@rtp/core';
import { Store } from '@rtp/store';
import { type Ack, type Batch, type BatchRows, loadWire, makeBatch } from '@rtp/store-client';

export const DATE: TradingDate = '2016-09-30';
export const OPEN: EpochMs = atIst(DATE, '09:15');

/** A calendar of weekdays with given windows, the same for every class. */
export function calendarOf(times: readonly (readonly [string, string])[] = [['09:15', '15:30']]): SessionCalendar {
  const windows = (date: TradingDate): readonly SessionWindow[] =>
    isWeekend(date) ? [] : times.map(([open, close]) => ({ openMs: atIst(date, open), closeMs: atIst(date, close) }));
  const unused = (): never => {
    throw new Error('not part of this calendar');
  };
  return {
    firstKnownDate: '2010-01-01',
    lastKnownDate: '2030-12-31',
    tradingDay: (date) =>
      isWeekend(date)
        ? null
        : { date, kind: 'recorded', name: 'test day', windows: windows(date), confidence: 'known' },
    closedReason: (date) => (isWeekend(date) ? 'weekend' : null),
    windowsOf: (_class: InstrumentClass, date) => windows(date),
    expectedMinutes: (_instrument, date) =>
      windows(date).flatMap(({ openMs, closeMs }) =>
        Array.from({ length: (closeMs - openMs) / MINUTE_MS }, (_, index) => openMs + index * MINUTE_MS),
      ),
    sessionAt: unused,
    nextOpen: unused,
    nextClose: unused,
    previousTradingDay: (date) => addDays(date, -1),
    nextTradingDay: (date) => addDays(date, 1),
    isClosingAuctionShare: () => false,
  };
}

function isWeekend(date: TradingDate): boolean {
  return [0, 6].includes(new Date(`${date}T00:00:00Z`).getUTCDay());
}

export const listing = (symbol: string, more: Partial<InstrumentListing> = {}): InstrumentListing => ({
  segment: 'NSE_EQ',
  securityId: `9${symbol}`,
  symbol,
  isin: `INE${symbol}`,
  series: 'EQ',
  class: 'share',
  tickPaise: 5,
  ...more,
});

/** A feed bar of the given minute after the open, at 100 rupees. */
export const bar = (instrumentId: number, minute: number, more: Partial<Bar> = {}): Bar => ({
  instrumentId,
  ts: OPEN + minute * MINUTE_MS,
  open: 100,
  high: 101,
  low: 99,
  close: 100.5,
  volume: 1_000,
  source: 'feed',
  state: 'provisional',
  partial: false,
  knownAt: OPEN + (minute + 1) * MINUTE_MS,
  ...more,
});

export const absence = (instrumentId: number, minute: number, more: Partial<Absence> = {}): Absence => ({
  instrumentId,
  ts: OPEN + minute * MINUTE_MS,
  reason: 'no_trades',
  knownAt: OPEN + (minute + 1) * MINUTE_MS,
  ...more,
});

export interface TestStore {
  readonly store: Store;
  readonly paths: DataPaths;
  readonly clock: ManualClock;
  /** Fatal errors the store reported. */
  readonly fatal: unknown[];
  /** Sends rows under the next sequence number. */
  send(rows: Partial<BatchRows & Pick<Batch, 'seq' | 'epoch' | 'tradingDate'>>): Promise<Ack>;
  /** Registers symbols on the date; returns their numbers in order. */
  register(symbols: readonly string[], date?: TradingDate): Promise<number[]>;
  /** Values of one query on the store's own views. */
  ask(sql: string): Promise<unknown[][]>;
  /** Closes and opens again on the same directory. */
  reopen(options?: { checkpoint?: boolean }): Promise<TestStore>;
  close(): Promise<void>;
}

export interface TestStoreOptions {
  readonly dataDir?: string;
  readonly config?: Partial<RtpConfig['store']>;
  readonly calendar?: SessionCalendar;
  readonly now?: EpochMs;
  readonly indicatorThreads?: number;
}

const CONFIG = { retired_file_grace_ms: 0 };
let directories: string[] = [];

export function tempDir(): string {
  const directory = mkdtempSync(join(tmpdir(), 'rtp-store-'));
  directories.push(directory);
  return directory;
}

/** Removes the directories of the tests so far. */
export function removeTempDirs(): void {
  for (const directory of directories) rmSync(directory, { recursive: true, force: true });
  directories = [];
}

/** Opens a store in this process; only one may be open at a time. */
export async function openTestStore(options: TestStoreOptions = {}): Promise<TestStore> {
  const dataDir = options.dataDir ?? tempDir();
  const paths = dataPaths(dataDir);
  const clock = new ManualClock(options.now ?? atIst(DATE, '18:00'));
  const fatal: unknown[] = [];
  const store = await Store.open({
    paths,
    config: { ...configSchema.parse({}).store, ...CONFIG, ...options.config },
    indicatorThreads: options.indicatorThreads ?? 1,
    clock,
    calendar: options.calendar ?? calendarOf(),
    logger: silentLogger,
    onFatal: (error) => fatal.push(error),
  });
  const { toDecodedBatch } = await loadWire();
  let seq = 0;
  const epoch = Math.floor(Math.random() * 1e9);
  return {
    store,
    paths,
    clock,
    fatal,
    send: (rows) => {
      seq += 1;
      const envelope = { producerId: 'pipeline', epoch, seq, tradingDate: DATE };
      return store.append(toDecodedBatch(makeBatch({ ...envelope, ...rows }, rows)));
    },
    register: async (symbols, date = DATE) => {
      const rows = await store.registerInstruments(
        date,
        symbols.map((symbol) => listing(symbol)),
      );
      return rows.map(({ instrumentId }) => instrumentId);
    },
    ask: (sql) => store.surface.ask((run) => run.rows(sql)),
    reopen: async ({ checkpoint = true } = {}) => {
      await store.close({ checkpoint });
      return openTestStore({ ...options, dataDir, now: clock.now() });
    },
    close: () => store.close({ checkpoint: true }),
  };
}
