import { describeError, type Logger, type RealTimer, realTimer } from '@rtp/core';
import type { KeyedTable } from './upsert-rows.ts';

/** Real time from the first change of a table to its publication: many changes become one snapshot. */
const SOON_MS = 10_000;

type Table = KeyedTable['table'];

/**
 * Tables that hold more than their newest snapshot.
 *
 *   none ──add()──▶ due ──SOON_MS or publish()──▶ none
 *                    ▲──────────failed──────────┘
 */
export class DueSnapshots {
  private readonly publishTables: (tables: readonly Table[]) => Promise<void>;
  private readonly logger: Logger;
  private readonly tables = new Set<Table>();
  private timer: RealTimer | undefined;

  constructor(publishTables: (tables: readonly Table[]) => Promise<void>, logger: Logger) {
    this.publishTables = publishTables;
    this.logger = logger;
  }

  add(table: Table): void {
    this.tables.add(table);
    this.timer ??= realTimer(SOON_MS, () => void this.publishLogged(), { keepAlive: false });
  }

  /** Publishes what is due. Errors: the engine's; it stays due then. */
  async publish(): Promise<void> {
    this.cancel();
    const due = [...this.tables];
    if (due.length === 0) return;
    this.tables.clear();
    try {
      await this.publishTables(due);
    } catch (error) {
      for (const table of due) this.add(table);
      throw error;
    }
  }

  cancel(): void {
    this.timer?.cancel();
    this.timer = undefined;
  }

  private async publishLogged(): Promise<void> {
    await this.publish().catch((error: unknown) => {
      this.logger.error('reference tables could not be published; trying again', { error: describeError(error) });
    });
  }
}
