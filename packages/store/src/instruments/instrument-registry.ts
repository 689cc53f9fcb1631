import type { Instrument, InstrumentListing, TradingDate } from '@rtp/core';
import { literal } from '@rtp/store-client';
import { REFERENCE } from '../days/names.ts';
import type { Session } from '../engine/session.ts';
import { validOn, withListing } from './listings.ts';

/**
 * Who is who. An instrument keeps its number for ever; what the scrip master says of it is kept as dated rows. A
 * listing belongs to the instrument of the same ISIN, else of the same symbol (a split changes the ISIN, a rename
 * the symbol, a series move the broker's id), else it is a new instrument.
 */
export class InstrumentRegistry {
  private readonly rows = new Map<number, readonly Instrument[]>();
  private readonly idByIsin = new Map<string, number>();
  private readonly idBySymbol = new Map<string, number>();
  private lastId = 0;
  private ticks: readonly TickChange[] | undefined;

  /** Reads the numbered instruments. */
  static async load(session: Session): Promise<InstrumentRegistry> {
    const registry = new InstrumentRegistry();
    const rows = await session.rows(`SELECT instrument_id::DOUBLE, segment, security_id, symbol, isin, series, class,
        tick_paise, strftime(valid_from, '%Y-%m-%d'), strftime(valid_to, '%Y-%m-%d'), strftime(tracked_from, '%Y-%m-%d')
      FROM ${REFERENCE}.instruments ORDER BY instrument_id, valid_from`);
    for (const row of rows) {
      const [instrumentId, segment, securityId, symbol, isin, series, instrumentClass, tickPaise, from, to, tracked] =
        row;
      const instrument = {
        instrumentId,
        segment,
        securityId,
        symbol,
        isin,
        series,
        class: instrumentClass,
        tickPaise,
        validFrom: from,
        validTo: to,
        trackedFrom: tracked,
      } as Instrument;
      registry.put(instrument.instrumentId, [...registry.rowsOf(instrument.instrumentId), instrument]);
    }
    return registry;
  }

  has(instrumentId: number): boolean {
    return this.rows.has(instrumentId);
  }

  /** Listings valid on `date` of instruments whose minutes are owed by then. */
  owedOn(date: TradingDate): readonly Instrument[] {
    return [...this.rows.values()].flatMap((rows) => {
      const row = validOn(rows, date);
      return row === undefined || row.trackedFrom > date ? [] : [row];
    });
  }

  /** Listings valid on `date`. */
  validOn(date: TradingDate): readonly Instrument[] {
    return [...this.rows.values()].flatMap((rows) => validOn(rows, date) ?? []);
  }

  /** The listing of one instrument on `date`. */
  of(instrumentId: number, date: TradingDate): Instrument | undefined {
    return validOn(this.rowsOf(instrumentId), date);
  }

  /** Smallest price step of an instrument on `date`, paise; before its first listing that listing's. */
  tickPaise(instrumentId: number, date: TradingDate): number {
    const rows = this.rowsOf(instrumentId);
    return (rows.findLast(({ validFrom }) => validFrom <= date) ?? rows[0])?.tickPaise ?? 0;
  }

  /** Price steps by the date from which they hold, ascending: the first of every instrument and each change. */
  tickChanges(): readonly TickChange[] {
    this.ticks ??= [...this.rows.values()]
      .flatMap((rows) => rows.filter((row, index) => row.tickPaise !== rows[index - 1]?.tickPaise))
      .map(({ instrumentId, tickPaise, validFrom }) => ({ from: validFrom, instrumentId, tickPaise }))
      .sort((a, b) => (a.from === b.from ? a.instrumentId - b.instrumentId : a.from < b.from ? -1 : 1));
    return this.ticks;
  }

  /** What registering listings would change; nothing is changed. */
  plan(date: TradingDate, listings: readonly InstrumentListing[]): RegistrationPlan {
    const claimed = new Set<number>();
    let lastId = this.lastId;
    const planned = listings.map((listing) => {
      let instrumentId = this.idOf(listing);
      if (instrumentId === undefined || claimed.has(instrumentId)) {
        lastId += 1;
        instrumentId = lastId;
      }
      claimed.add(instrumentId);
      const before = this.rowsOf(instrumentId);
      return { instrumentId, before, after: withListing(before, listing, date, instrumentId) };
    });
    const changes = planned.filter(({ before, after }) => JSON.stringify(before) !== JSON.stringify(after));
    return { ids: planned.map(({ instrumentId }) => instrumentId), changes };
  }

  /** Statements that store a plan. */
  static planSql(plan: RegistrationPlan): string {
    if (plan.changes.length === 0) return '';
    const ids = plan.changes.map(({ instrumentId }) => instrumentId).join(', ');
    const values = plan.changes.flatMap(({ after }) => after).map(valuesOf);
    return `DELETE FROM ${REFERENCE}.instruments WHERE instrument_id IN (${ids});
      INSERT INTO ${REFERENCE}.instruments VALUES ${values.join(', ')};`;
  }

  /** Takes over a plan that has been stored. */
  apply(plan: RegistrationPlan): void {
    for (const { instrumentId, after } of plan.changes) this.put(instrumentId, after);
  }

  private idOf({ segment, isin, symbol }: InstrumentListing): number | undefined {
    const byIsin = isin === '' ? undefined : this.idByIsin.get(`${segment}/${isin}`);
    return byIsin ?? this.idBySymbol.get(`${segment}/${symbol}`);
  }

  private rowsOf(instrumentId: number): readonly Instrument[] {
    return this.rows.get(instrumentId) ?? [];
  }

  private put(instrumentId: number, rows: readonly Instrument[]): void {
    this.ticks = undefined;
    this.rows.set(instrumentId, rows);
    this.lastId = Math.max(this.lastId, instrumentId);
    for (const { segment, isin, symbol } of rows) {
      if (isin !== '') this.idByIsin.set(`${segment}/${isin}`, instrumentId);
      this.idBySymbol.set(`${segment}/${symbol}`, instrumentId);
    }
  }
}

/** A price step that an instrument has from a date on. */
export interface TickChange {
  readonly from: TradingDate;
  readonly instrumentId: number;
  readonly tickPaise: number;
}

export interface RegistrationPlan {
  /** The instrument of each listing, in their order. */
  readonly ids: readonly number[];
  readonly changes: readonly {
    readonly instrumentId: number;
    readonly before: readonly Instrument[];
    readonly after: readonly Instrument[];
  }[];
}

function valuesOf(row: Instrument): string {
  const date = (value: TradingDate | null): string => (value === null ? 'NULL' : `DATE ${literal(value)}`);
  const texts = [row.segment, row.securityId, row.symbol, row.isin, row.series, row.class].map(literal);
  return `(${row.instrumentId}, ${texts.join(', ')}, ${row.tickPaise}, ${date(row.validFrom)}, ${date(row.validTo)},
    ${date(row.trackedFrom)})`;
}
