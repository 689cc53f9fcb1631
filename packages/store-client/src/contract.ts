/** What the store takes and gives: the seam between the pipeline (maybe on another machine one day) and the store. */
import type {
  Absence,
  AbsenceReason,
  Bar,
  BarSource,
  BarState,
  EpochMs,
  Instrument,
  InstrumentListing,
  TradingDate,
} from '@rtp/core';
import type { IndicatorRows } from './indicator-rows.ts';
import type { IndicatorStart } from './indicator-start.ts';
import type { IndicatorUpdate, IndicatorUpdateProgress, IndicatorUpdateRequest } from './indicator-update.ts';
import type { Adjustment, DailyOfficial } from './reference-data.ts';

export const BATCH_SCHEMA_VERSION = 1;

/**
 * One unit of commitment. The store remembers the last (producerId, epoch, seq) of each trading date in the same
 * transaction, so that a resend is a no-op. `epoch` grows with every start of a producer, `seq` from 1 within it.
 */
export interface BatchEnvelope {
  readonly schemaVersion: typeof BATCH_SCHEMA_VERSION;
  readonly producerId: string;
  readonly epoch: number;
  readonly seq: number;
  readonly tradingDate: TradingDate;
}

/** What a batch carries, section by section; see `makeBatch` for one of a few sections only. */
export interface BatchRows {
  readonly bars: readonly Bar[];
  readonly absences: readonly Absence[];
  /** Every stored column of the registry, or no rows at all. */
  readonly indicators: IndicatorRows;
}

export interface Batch extends BatchEnvelope, BatchRows {}

/** The store's answer after the commit. Counts are of the batch's rows. */
export interface Ack {
  readonly commitSeq: number;
  /** The batch had been committed before; nothing changed. */
  readonly duplicate: boolean;
  /** First bars of their minute. */
  readonly inserted: number;
  /** Bars whose values differed from the stored ones and became the next revision. */
  readonly revised: number;
  /** Bars equal to the stored ones that only raised their state. */
  readonly confirmed: number;
  /** Bars of a weaker source, equal bars of no higher state, absences of minutes that have a bar. */
  readonly ignored: number;
  readonly absences: number;
  /** Rows of indicators that became the newest of their minute. */
  readonly indicators: number;
}

/** What the store holds of one minute of one instrument. */
export interface MinuteState {
  readonly instrumentId: number;
  readonly ts: EpochMs;
  /** Null for an absence. */
  readonly source: BarSource | null;
  readonly state: BarState | null;
  readonly partial: boolean;
  /** Null for a bar. */
  readonly reason: AbsenceReason | null;
}

/** Coverage of one instrument on one date: `expected = bars + absences + unknown`. */
export interface InstrumentCoverage {
  readonly instrumentId: number;
  readonly symbol: string;
  readonly expected: number;
  readonly bars: number;
  readonly byState: Readonly<Record<BarState, number>>;
  readonly partial: number;
  /** Expected minutes that are absences with a reason that settles them. */
  readonly absences: number;
  /**
   * `absences` and `unknown` by reason, none of which is 0. Here `unknown` counts the minutes of which nothing is known:
   * those that are neither bar nor absence, and those recorded as unknown.
   */
  readonly byReason: Readonly<Partial<Record<AbsenceReason, number>>>;
  /** Expected minutes already over (on the market clock) and still owed: neither a bar nor settled by a reason. */
  readonly unknown: number;
  /** Expected minutes that are not over yet. */
  readonly pending: number;
}

export interface DayCoverage {
  readonly date: TradingDate;
  readonly state: 'none' | 'open' | 'sealed';
  readonly expected: number;
  readonly bars: number;
  readonly absences: number;
  readonly unknown: number;
  readonly pending: number;
  /** There are expected minutes, and each is a bar or an absence with a reason that settles it. */
  readonly complete: boolean;
  /** Those of the instruments, added up. */
  readonly byReason: Readonly<Partial<Record<AbsenceReason, number>>>;
  readonly instruments: readonly InstrumentCoverage[];
}

/** Proof that a date's partition was written, counted and read back. */
export interface SealReceipt {
  readonly date: TradingDate;
  /** 1 for the first seal; later generations carry corrections. */
  readonly generation: number;
  readonly commitSeq: number;
  readonly sealedAt: EpochMs;
  readonly instruments: number;
  readonly bars: number;
  readonly superseded: number;
  /** Rows of indicators: the newest of every minute that has a bar. */
  readonly indicators: number;
  /** Expected minutes that a reason settles. */
  readonly absences: number;
  /** Expected minutes still owed, each an absence with the reason why. */
  readonly unknown: number;
  readonly complete: boolean;
  /** SHA-256 over the sealed bars in order, hex. */
  readonly checksum: string;
}

/** Port of the store as its producers and readers see it. */
export interface StoreClient {
  /** Numbers instruments of `date`'s master; idempotent. A changed listing closes the old dated row and opens a new one. */
  registerInstruments(date: TradingDate, listings: readonly InstrumentListing[]): Promise<readonly Instrument[]>;
  /** Instruments valid on `date`. */
  instruments(date: TradingDate): Promise<readonly Instrument[]>;
  /** Commits one batch. Throws RTP_STORE_UNREACHABLE when the answer is lost: resend the same envelope. */
  append(batch: Batch): Promise<Ack>;
  /** Every minute of `date` the store has anything for. */
  dayState(date: TradingDate): Promise<readonly MinuteState[]>;
  coverage(date: TradingDate): Promise<DayCoverage>;
  /** Where the stored indicators of `date` go on from; of every instrument that owes minutes of the date. */
  indicatorStart(date: TradingDate): Promise<IndicatorStart>;
  /**
   * Computes stored indicators again and writes rows that are missing or differ; takes as long as it takes. Throws
   * RTP_STORE_UPDATE_RUNNING, RTP_SYMBOL_UNKNOWN. The signal gives it up; what is written stays.
   */
  updateIndicators(
    request: IndicatorUpdateRequest,
    onProgress: (progress: IndicatorUpdateProgress) => void,
    signal?: AbortSignal,
  ): Promise<IndicatorUpdate>;
  /** Seals when no minute is unknown, or regardless with `force` (the deadline). Throws RTP_STORE_NOT_COMPLETE. */
  seal(date: TradingDate, options?: { readonly force?: boolean }): Promise<SealReceipt>;
  /** The newest receipt of `date`, or null. */
  receipt(date: TradingDate): Promise<SealReceipt | null>;
  /**
   * Keeps the exchange's own daily bars, one an instrument and date: equal ones write nothing, others replace what is
   * there. Of two rows of one key the last counts. Throws RTP_BATCH_INVALID for an instrument that was never registered.
   */
  recordDailyOfficial(rows: readonly DailyOfficial[]): Promise<{ readonly written: number }>;
  /** Daily bars of `from` to `to`, inclusive, by date and instrument. */
  dailyOfficial(from: TradingDate, to: TradingDate): Promise<readonly DailyOfficial[]>;
  /** Keeps factors, one an instrument and ex-date; as `recordDailyOfficial`. */
  recordAdjustments(rows: readonly Adjustment[]): Promise<{ readonly written: number }>;
  /** Every factor, by ex-date and instrument. */
  adjustments(): Promise<readonly Adjustment[]>;
  /** Dates the store knows, ascending. */
  dates(): Promise<readonly { readonly date: TradingDate; readonly state: 'open' | 'sealed' }[]>;
  close(): Promise<void>;
}
