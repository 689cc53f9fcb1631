import { type DataPaths, describeError, type Logger, type RealTimer, realTimer, type SessionCalendar } from '@rtp/core';
import { SerialQueue } from '../engine/serial-queue.ts';
import type { Session } from '../engine/session.ts';
import type { DayRegister } from '../instruments/day-register.ts';
import {
  COMMIT_TABLES,
  compactedTo,
  newestSnapshot,
  SNAPSHOT_TABLES,
  type SnapshotTable,
} from '../publish/history-files.ts';
import { buildCatalogue, sealedRanges } from './build-catalogue.ts';
import { type PublishedState, sealedDates } from './sources.ts';

/** Least real time between a rebuild that only makes queries faster and the next. */
const SOON_MS = 10_000;

export interface CatalogueKeeperOptions {
  readonly session: Session;
  readonly paths: DataPaths;
  readonly calendar: SessionCalendar;
  readonly register: DayRegister;
  readonly logger: Logger;
}

/** Keeps the catalogue in step with what is sealed, put together and registered; one build at a time. */
export class CatalogueKeeper {
  private readonly options: CatalogueKeeperOptions;
  private readonly queue = new SerialQueue();
  private pending: RealTimer | undefined;

  constructor(options: CatalogueKeeperOptions) {
    this.options = options;
  }

  /** Builds the catalogue of the present state. */
  rebuild(): Promise<void> {
    const { session, paths } = this.options;
    this.cancel();
    return this.queue.run(() => buildCatalogue(session, paths, this.state()));
  }

  /** Builds it before long; the one in place is right, only slower. */
  rebuildSoon(): void {
    this.pending ??= realTimer(
      SOON_MS,
      () => {
        this.rebuild().catch((error: unknown) => {
          this.options.logger.error('the catalogue could not be rebuilt', { error: describeError(error) });
        });
      },
      { keepAlive: false },
    );
  }

  /** Forgets a rebuild that was to come and waits for the one under way. */
  async stop(): Promise<void> {
    this.cancel();
    await this.queue.idle();
  }

  private cancel(): void {
    this.pending?.cancel();
    this.pending = undefined;
  }

  private state(): PublishedState {
    const { paths, register, calendar } = this.options;
    const { historyDir } = paths;
    const sealed = sealedDates(register);
    const open = register.dates().filter(({ state }) => state === 'open');
    const compacted = COMMIT_TABLES.flatMap((table) =>
      open.map(({ date }) => ({ table, date, to: compactedTo(historyDir, table, date) })),
    );
    const snapshots = SNAPSHOT_TABLES.map((table) => [table, newestSnapshot(historyDir, table)]);
    return {
      sealed,
      sealedRanges: sealedRanges(sealed, calendar),
      compacted: compacted.filter(({ to }) => to > 0),
      snapshots: Object.fromEntries(snapshots) as Record<SnapshotTable, number>,
    };
  }
}
