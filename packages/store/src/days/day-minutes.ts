import {
  ABSENCE_REASONS,
  type AbsenceReason,
  atIst,
  BAR_SOURCES,
  BAR_STATES,
  type BarSource,
  type BarState,
  type EpochMs,
  MINUTE_MS,
  type TradingDate,
} from '@rtp/core';

const MINUTES_A_DAY = 1_440;
const NOTHING = 0;
const BAR = 0x40;
const ABSENCE = 0x80;
const PARTIAL = 0x01;

/** What is stored of one minute. */
export type StoredMinute =
  | { readonly kind: 'bar'; readonly source: BarSource; readonly state: BarState; readonly partial: boolean }
  | { readonly kind: 'absence'; readonly reason: AbsenceReason };

/**
 * What a day's file holds of every minute, one byte each: coverage and the state of a day without a query, and a
 * sure answer to "is anything stored of this minute?". Loaded when the file is opened, changed only after a commit.
 *
 * A byte: 0x40 a bar (source in bits 3-4, state in bits 1-2, partial in bit 0), 0x80 an absence (reason below), 0 nothing.
 */
export class DayMinutes {
  readonly startMs: EpochMs;
  private readonly codes = new Map<number, Uint8Array>();

  constructor(date: TradingDate) {
    this.startMs = atIst(date, '00:00');
  }

  hasBar(instrumentId: number, ts: EpochMs): boolean {
    return (this.code(instrumentId, ts) & BAR) !== 0;
  }

  hasAny(instrumentId: number, ts: EpochMs): boolean {
    return this.code(instrumentId, ts) !== NOTHING;
  }

  /** `source` and `state` are indexes into core's lists. */
  setBar(instrumentId: number, ts: EpochMs, source: number, state: number, partial: boolean): void {
    this.set(instrumentId, ts, BAR | (source << 3) | (state << 1) | (partial ? PARTIAL : 0));
  }

  /** Raises a bar's state. */
  raiseState(instrumentId: number, ts: EpochMs, state: number): void {
    this.set(instrumentId, ts, (this.code(instrumentId, ts) & ~0x06) | (state << 1));
  }

  /** `reason` is an index into core's list. */
  setAbsence(instrumentId: number, ts: EpochMs, reason: number): void {
    this.set(instrumentId, ts, ABSENCE | reason);
  }

  /** What is stored of a minute, or null. */
  get(instrumentId: number, ts: EpochMs): StoredMinute | null {
    return decode(this.code(instrumentId, ts));
  }

  /** Calls `visit` with every stored minute. */
  forEach(visit: (instrumentId: number, ts: EpochMs, minute: StoredMinute) => void): void {
    for (const [instrumentId, codes] of this.codes) {
      for (let index = 0; index < MINUTES_A_DAY; index += 1) {
        const minute = decode(codes[index] as number);
        if (minute !== null) visit(instrumentId, this.startMs + index * MINUTE_MS, minute);
      }
    }
  }

  private code(instrumentId: number, ts: EpochMs): number {
    return this.codes.get(instrumentId)?.[(ts - this.startMs) / MINUTE_MS] ?? NOTHING;
  }

  private set(instrumentId: number, ts: EpochMs, code: number): void {
    let codes = this.codes.get(instrumentId);
    if (codes === undefined) {
      codes = new Uint8Array(MINUTES_A_DAY);
      this.codes.set(instrumentId, codes);
    }
    codes[(ts - this.startMs) / MINUTE_MS] = code;
  }
}

/** Every meaning a byte can have, made once. */
const MEANINGS: readonly (StoredMinute | null)[] = Array.from({ length: 256 }, (_, code) => {
  if ((code & BAR) !== 0) {
    const source = BAR_SOURCES[(code >> 3) & 0x03];
    const state = BAR_STATES[(code >> 1) & 0x03];
    if (source === undefined || state === undefined) return null;
    return Object.freeze({ kind: 'bar', source, state, partial: (code & PARTIAL) !== 0 });
  }
  const reason = ABSENCE_REASONS[code & 0x3f];
  if ((code & ABSENCE) === 0 || reason === undefined) return null;
  return Object.freeze({ kind: 'absence', reason });
});

const decode = (code: number): StoredMinute | null => MEANINGS[code] ?? null;
