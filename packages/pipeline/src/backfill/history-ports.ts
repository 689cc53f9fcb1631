import { type DataPaths, RtpError, type TradingDate } from '@rtp/core';
import { openStoreMarketData } from '@rtp/store-client';
import type { StoredMinute } from '../charts/stored-basis.ts';

/** What work on past dates needs beside broker and store. */
export interface HistoryPorts {
  /** Where jobs and what they have gathered are kept. */
  readonly jobsDir: string;
  /** The newest revision of each stored minute of a symbol's date; empty when there is none. Errors: those of the store. */
  storedMinutes(symbol: string, date: TradingDate): Promise<readonly StoredMinute[]>;
}

/** The ports of a process beside its store. */
export function historyPorts(paths: DataPaths): HistoryPorts {
  return {
    jobsDir: paths.jobsDir,
    storedMinutes: async (symbol, date) => {
      const reader = await openStoreMarketData(paths);
      try {
        const bars = await reader.getMarketData(symbol, '1T', date, date);
        return bars.map(({ time, close, volume }) => ({ ts: time, close, volume, partial: false }));
      } catch (error) {
        if (error instanceof RtpError && NOTHING_STORED.has(error.code)) return [];
        throw error;
      } finally {
        await reader.close();
      }
    },
  };
}

const NOTHING_STORED = new Set(['RTP_SYMBOL_UNKNOWN', 'RTP_DAY_UNKNOWN']);
