import {
  INSTRUMENT_CLASSES,
  type Instrument,
  type InstrumentClass,
  type SessionCalendar,
  type SessionWindow,
  type TradingDate,
} from '@rtp/core';
import { dateLiteral, literal, type SealReceipt } from '@rtp/store-client';
import { instant } from '../commit/commit-sql.ts';
import { REFERENCE } from '../days/names.ts';
import type { Session } from '../engine/session.ts';
import { RECEIPT_COLUMNS, toReceipt } from './receipts.ts';

export type DayState = 'open' | 'sealed';

/** A window of one instrument class. */
export interface ClassWindow extends SessionWindow {
  readonly of: InstrumentClass;
}

/**
 * The days the store knows: their session, who owes minutes on them, whether they are sealed.
 *
 *   (unknown) ──first registration or commit──▶ open ──seal──▶ sealed ──late data──▶ open ──next seal──▶ sealed
 */
export class DayRegister {
  private readonly session: Session;
  private readonly calendar: SessionCalendar;
  private readonly states = new Map<TradingDate, DayState>();
  /** Of open days: who owes minutes, by which class's hours, and the hours themselves as stored. */
  private readonly tracked = new Map<TradingDate, Map<number, InstrumentClass>>();
  private readonly windows = new Map<TradingDate, readonly ClassWindow[]>();
  private readonly receipts = new Map<TradingDate, SealReceipt>();

  private constructor(session: Session, calendar: SessionCalendar) {
    this.session = session;
    this.calendar = calendar;
  }

  static async load(session: Session, calendar: SessionCalendar): Promise<DayRegister> {
    const register = new DayRegister(session, calendar);
    const days = await session.rows(`SELECT strftime(date, '%Y-%m-%d'), state FROM ${REFERENCE}.days ORDER BY date`);
    for (const [date, state] of days as [TradingDate, DayState][]) register.states.set(date, state);
    for (const { date, state } of register.dates()) if (state === 'open') await register.loadOpen(date);
    for (const receipt of await readReceipts(session)) register.receipts.set(receipt.date, receipt);
    return register;
  }

  /** Known days, ascending. */
  dates(): readonly { readonly date: TradingDate; readonly state: DayState }[] {
    return [...this.states].sort(([a], [b]) => (a < b ? -1 : 1)).map(([date, state]) => ({ date, state }));
  }

  state(date: TradingDate): DayState | null {
    return this.states.get(date) ?? null;
  }

  /** The newest receipt of a date, sealed now or not. */
  receipt(date: TradingDate): SealReceipt | null {
    return this.receipts.get(date) ?? null;
  }

  /** Highest commit number any receipt carries. */
  highestSeal(): number {
    return Math.max(0, ...[...this.receipts.values()].map(({ commitSeq }) => commitSeq));
  }

  /** Numbers of the instruments that owe minutes on an open date. */
  trackedIds(date: TradingDate): readonly number[] {
    return [...(this.tracked.get(date)?.keys() ?? [])];
  }

  /** Who owes minutes on an open date, by which class's hours. */
  trackedOn(date: TradingDate): ReadonlyMap<number, InstrumentClass> {
    return this.tracked.get(date) ?? new Map();
  }

  /** The hours of an open date, as recorded. */
  windowsOn(date: TradingDate): readonly ClassWindow[] {
    return this.windows.get(date) ?? [];
  }

  /**
   * Statements that make `date` known and the instruments owe its minutes; empty when nothing is new. Sessions are
   * those the calendar gives now: a changed calendar changes them. Errors: RTP_CALENDAR_TIMES_UNKNOWN,
   * RTP_CALENDAR_OUT_OF_RANGE.
   */
  trackSql(date: TradingDate, instruments: readonly Instrument[]): string {
    const on = dateLiteral(date);
    const statements: string[] = [];
    if (!this.states.has(date)) {
      const day = this.calendar.tradingDay(date);
      const kind = literal(day?.kind ?? 'closed');
      const name = literal(day?.name ?? this.calendar.closedReason(date) ?? '');
      statements.push(`INSERT INTO ${REFERENCE}.days VALUES (${on}, ${kind}, ${name}, 'open')`);
    }
    const windows = windowValues(date, this.windowsNow(date));
    if (windows !== windowValues(date, this.windowsOn(date))) {
      statements.push(`DELETE FROM ${REFERENCE}.sessions WHERE date = ${on}`);
      if (windows !== '') statements.push(`INSERT INTO ${REFERENCE}.sessions VALUES ${windows}`);
    }
    const known = this.tracked.get(date);
    const fresh = instruments.filter((row) => known?.get(row.instrumentId) !== row.class);
    if (fresh.length > 0) {
      const ids = fresh.map((row) => row.instrumentId).join(', ');
      const values = fresh.map((row) => `(${on}, ${row.instrumentId}, ${literal(row.symbol)}, '${row.class}')`);
      statements.push(`DELETE FROM ${REFERENCE}.tracked WHERE date = ${on} AND instrument_id IN (${ids})`);
      statements.push(`INSERT INTO ${REFERENCE}.tracked VALUES ${values.join(', ')}`);
    }
    return statements.map((statement) => `${statement};`).join('\n');
  }

  /** Takes over what `trackSql` has stored. */
  applyTracked(date: TradingDate, instruments: readonly Instrument[]): void {
    if (!this.states.has(date)) this.states.set(date, 'open');
    for (const row of instruments) this.ownersOf(date).set(row.instrumentId, row.class);
    this.windows.set(date, this.windowsNow(date));
  }

  /** Stores and takes over a day's state. */
  async setState(date: TradingDate, state: DayState): Promise<void> {
    await this.session.exec(`UPDATE ${REFERENCE}.days SET state = '${state}' WHERE date = ${dateLiteral(date)}`);
    this.states.set(date, state);
    if (state === 'open') await this.loadOpen(date);
  }

  /** Stores a receipt and the sealed state in one transaction. */
  async seal(receipt: SealReceipt): Promise<void> {
    const { date, generation, commitSeq, sealedAt, instruments, bars, superseded, absences, unknown } = receipt;
    const row = [dateLiteral(date), generation, commitSeq, instant(sealedAt), instruments, bars, superseded, absences];
    await this.session.transaction(() =>
      this.session.exec(`INSERT INTO ${REFERENCE}.seals VALUES (${row.join(', ')}, ${unknown}, ${receipt.complete},
          ${literal(receipt.checksum)}, ${receipt.indicators});
        UPDATE ${REFERENCE}.days SET state = 'sealed' WHERE date = ${dateLiteral(date)}`),
    );
    this.states.set(date, 'sealed');
    this.receipts.set(date, receipt);
    this.tracked.delete(date);
    this.windows.delete(date);
  }

  private async loadOpen(date: TradingDate): Promise<void> {
    const where = `WHERE date = ${dateLiteral(date)}`;
    const tracked = await this.session.rows(`SELECT instrument_id::DOUBLE, class FROM ${REFERENCE}.tracked ${where}`);
    for (const [id, of] of tracked as [number, InstrumentClass][]) this.ownersOf(date).set(id, of);
    const windows = await this.session.rows(`SELECT class, epoch_ms(open_ts)::DOUBLE, epoch_ms(close_ts)::DOUBLE
      FROM ${REFERENCE}.sessions ${where}`);
    const stored = (windows as [InstrumentClass, number, number][]).map(([of, openMs, closeMs]) => ({
      of,
      openMs,
      closeMs,
    }));
    this.windows.set(
      date,
      INSTRUMENT_CLASSES.flatMap((of) => stored.filter((row) => row.of === of).sort((a, b) => a.openMs - b.openMs)),
    );
  }

  private windowsNow(date: TradingDate): readonly ClassWindow[] {
    return INSTRUMENT_CLASSES.flatMap((of) => this.calendar.windowsOf(of, date).map((window) => ({ of, ...window })));
  }

  private ownersOf(date: TradingDate): Map<number, InstrumentClass> {
    let ids = this.tracked.get(date);
    if (ids === undefined) {
      ids = new Map();
      this.tracked.set(date, ids);
    }
    return ids;
  }
}

function windowValues(date: TradingDate, windows: readonly ClassWindow[]): string {
  return windows
    .map(({ of, openMs, closeMs }) => `(${dateLiteral(date)}, '${of}', ${instant(openMs)}, ${instant(closeMs)})`)
    .join(', ');
}

async function readReceipts(session: Session): Promise<readonly SealReceipt[]> {
  const rows = await session.rows(`SELECT ${RECEIPT_COLUMNS} FROM ${REFERENCE}.seals
    QUALIFY row_number() OVER (PARTITION BY date ORDER BY generation DESC) = 1`);
  return rows.map(toReceipt);
}
