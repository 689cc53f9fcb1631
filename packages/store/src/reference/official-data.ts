import type { TradingDate } from '@rtp/core';
import { type Adjustment, type DailyOfficial, dateLiteral, storeClientErrors } from '@rtp/store-client';
import { REFERENCE } from '../days/names.ts';
import { publishReferenceLazily } from '../reading/refresh.ts';
import type { StoreParts } from '../store-parts.ts';
import { DueSnapshots } from './due-snapshots.ts';
import { type KeyedRow, type KeyedTable, upsertRows } from './upsert-rows.ts';

const DAILY_OFFICIAL: KeyedTable = {
  table: 'daily_official',
  dateColumn: 'date',
  values: [
    { name: 'open', type: 'DOUBLE' },
    { name: 'high', type: 'DOUBLE' },
    { name: 'low', type: 'DOUBLE' },
    { name: 'close', type: 'DOUBLE' },
    { name: 'volume', type: 'BIGINT' },
  ],
};

const ADJUSTMENTS: KeyedTable = {
  table: 'adjustments',
  dateColumn: 'ex_date',
  values: [
    { name: 'price_factor', type: 'DOUBLE' },
    { name: 'volume_factor', type: 'DOUBLE' },
  ],
};

/** Runs work in the writer's queue. Errors: RTP_STORE_STOPPING. */
type Change = <T>(work: () => Promise<T>) => Promise<T>;

interface Written {
  readonly written: number;
}

/**
 * What the exchange says of whole days and of the share basis. Rows are stored at once; they are published before long,
 * because a backfill brings them symbol by symbol and a table is published whole.
 */
export class OfficialData {
  private readonly parts: StoreParts;
  private readonly change: Change;
  private readonly due: DueSnapshots;

  constructor(parts: StoreParts, change: Change) {
    this.parts = parts;
    this.change = change;
    const publish = (tables: readonly KeyedTable['table'][]): Promise<void> =>
      parts.queue.run(() => publishReferenceLazily(parts, tables));
    this.due = new DueSnapshots(publish, parts.logger);
  }

  /** Errors: RTP_BATCH_INVALID, RTP_STORE_STOPPING, the engine's. */
  recordDaily(rows: readonly DailyOfficial[]): Promise<Written> {
    const keyed = rows.map(({ instrumentId, date, open, high, low, close, volume, knownAt }) => {
      return { instrumentId, date, values: [open, high, low, close, volume], knownAt };
    });
    return this.record(DAILY_OFFICIAL, keyed);
  }

  /** Errors: RTP_BATCH_INVALID, RTP_STORE_STOPPING, the engine's. */
  recordAdjustments(rows: readonly Adjustment[]): Promise<Written> {
    const keyed = rows.map(({ instrumentId, exDate, priceFactor, volumeFactor, knownAt }) => {
      return { instrumentId, date: exDate, values: [priceFactor, volumeFactor], knownAt };
    });
    return this.record(ADJUSTMENTS, keyed);
  }

  async daily(from: TradingDate, to: TradingDate): Promise<readonly DailyOfficial[]> {
    const rows = await this.parts.surface.ask((run) =>
      run.rows(`SELECT instrument_id::DOUBLE, strftime(date, '%Y-%m-%d'), open, high, low, close, volume::DOUBLE,
          epoch_ms(known_at)::DOUBLE
        FROM ${REFERENCE}.daily_official WHERE date BETWEEN ${dateLiteral(from)} AND ${dateLiteral(to)}
        ORDER BY date, instrument_id`),
    );
    return rows.map(([instrumentId, date, open, high, low, close, volume, knownAt]) => {
      return { instrumentId, date, open, high, low, close, volume, knownAt } as DailyOfficial;
    });
  }

  async adjustments(): Promise<readonly Adjustment[]> {
    const rows = await this.parts.surface.ask((run) =>
      run.rows(`SELECT instrument_id::DOUBLE, strftime(ex_date, '%Y-%m-%d'), price_factor, volume_factor,
          epoch_ms(known_at)::DOUBLE
        FROM ${REFERENCE}.adjustments ORDER BY ex_date, instrument_id`),
    );
    return rows.map(([instrumentId, exDate, priceFactor, volumeFactor, knownAt]) => {
      return { instrumentId, exDate, priceFactor, volumeFactor, knownAt } as Adjustment;
    });
  }

  /** Publishes what is stored and not published yet. Outside the writer's queue. */
  publish(): Promise<void> {
    return this.due.publish();
  }

  /** Leaves what is not published to the next start, which finds it. */
  cancel(): void {
    this.due.cancel();
  }

  private record(table: KeyedTable, rows: readonly KeyedRow[]): Promise<Written> {
    return this.change(async () => ({ written: await this.write(table, rows) }));
  }

  private async write(table: KeyedTable, rows: readonly KeyedRow[]): Promise<number> {
    const { instruments, writer } = this.parts;
    const unknown = rows.findIndex(({ instrumentId }) => !instruments.has(instrumentId));
    if (unknown >= 0) {
      throw storeClientErrors.create(
        'RTP_BATCH_INVALID',
        `${table.table}: row ${unknown}, column instrument_id: ${rows[unknown]?.instrumentId} was never registered.`,
      );
    }
    const written = await upsertRows(writer, table, rows);
    if (written > 0) {
      await writer.exec(`CHECKPOINT ${REFERENCE}`);
      this.due.add(table.table);
    }
    return written;
  }
}
