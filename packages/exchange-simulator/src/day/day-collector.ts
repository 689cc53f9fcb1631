import { type EpochMs, IST_OFFSET_MS, type Ohlcv, type TradingDate, tradingDateOf } from '@rtp/core';
import { simulatorErrors } from '../errors.ts';
import { DuplicateCheck, problemOf } from './bar-checks.ts';
import { BarTable } from './bar-table.ts';

const DAY_MS = 86_400_000;

/**
 * Takes a bars file's rows one by one, checks each, and keeps those of one date.
 *
 *   collecting ──a bad row──▶ error naming file, row and reason
 *       └──────finish()─────▶ one day, or an error that lists the file's dates
 */
export class DayCollector {
  private readonly file: string;
  private readonly rowWord: string;
  private readonly wanted: TradingDate | undefined;
  private readonly duplicates = new DuplicateCheck();
  private readonly table = new BarTable();
  private readonly dates = new Set<TradingDate>();
  private keptDate: TradingDate | undefined;
  private lastDay = Number.NaN;
  private lastDate = '';

  /**
   * @param rowWord what a row number counts, for messages: "line" or "row"
   * @param wanted the date to keep; the file's only date without it
   */
  constructor(file: string, rowWord: 'line' | 'row', wanted: TradingDate | undefined) {
    this.file = file;
    this.rowWord = rowWord;
    this.wanted = wanted;
  }

  /** Errors: RTP_BARS_FILE_INVALID. */
  add(row: number, symbol: string, ts: EpochMs | undefined, timeText: string, bar: Ohlcv): void {
    if (ts === undefined) this.refuse(row, `"${timeText}" is not a time (ISO 8601; IST unless it has an offset)`);
    const problem = problemOf(symbol, ts, bar);
    if (problem !== null) this.refuse(row, problem);
    const date = this.dateOf(ts);
    this.dates.add(date);
    this.keptDate ??= this.wanted ?? date;
    if (date !== this.keptDate) return;
    const duplicate = this.duplicates.add(symbol, ts, row);
    if (duplicate !== null) this.refuse(row, duplicate);
    this.table.add(symbol, ts, bar);
  }

  /** Errors: RTP_BARS_FILE_INVALID. */
  refuse(row: number, reason: string): never {
    throw simulatorErrors.create('RTP_BARS_FILE_INVALID', `${this.file}, ${this.rowWord} ${row}: ${reason}.`);
  }

  /** The day. Errors: RTP_BARS_FILE_INVALID when there is no row, RTP_BARS_DATE_UNKNOWN. */
  finish(): { readonly date: TradingDate; readonly bars: BarTable } {
    const dates = [...this.dates].sort();
    if (this.keptDate === undefined) {
      throw simulatorErrors.create('RTP_BARS_FILE_INVALID', `${this.file} has a header but no bars.`);
    }
    if (this.wanted !== undefined && !this.dates.has(this.wanted)) {
      throw simulatorErrors.create(
        'RTP_BARS_DATE_UNKNOWN',
        `${this.file} has no bars of ${this.wanted}; it holds ${listed(dates)}.`,
      );
    }
    if (this.wanted === undefined && dates.length > 1) {
      throw simulatorErrors.create(
        'RTP_BARS_DATE_UNKNOWN',
        `${this.file} holds ${dates.length} dates; choose one of ${listed(dates)}.`,
      );
    }
    return { date: this.keptDate, bars: this.table };
  }

  private dateOf(ts: EpochMs): TradingDate {
    const day = Math.floor((ts + IST_OFFSET_MS) / DAY_MS);
    if (day !== this.lastDay) {
      this.lastDay = day;
      this.lastDate = tradingDateOf(ts);
    }
    return this.lastDate;
  }
}

const MAX_LISTED = 40;

function listed(dates: readonly TradingDate[]): string {
  if (dates.length <= MAX_LISTED) return dates.join(', ');
  return `${dates.slice(0, MAX_LISTED).join(', ')} … ${dates.at(-1)}`;
}
