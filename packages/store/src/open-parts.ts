import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describeError, RtpError, type TradingDate } from '@rtp/core';
import { CatalogueKeeper } from './catalogue/catalogue-keeper.ts';
import { attachRecovering } from './days/attach-recovering.ts';
import { HotDays } from './days/hot-days.ts';
import { REFERENCE, referenceFile } from './days/names.ts';
import { bringIn } from './days/open-day.ts';
import { rebuildReference } from './days/rebuild.ts';
import { Engine } from './engine/engine.ts';
import { migrate } from './engine/migrate.ts';
import { SerialQueue } from './engine/serial-queue.ts';
import type { Session } from './engine/session.ts';
import { BulkRunner } from './indicators/bulk-runner.ts';
import { matchRegistry } from './indicators/hot-table.ts';
import { SettlementRegister } from './indicators/settlement-register.ts';
import { StateKeeper } from './indicators/state-keeper.ts';
import { DayRegister } from './instruments/day-register.ts';
import { InstrumentRegistry } from './instruments/instrument-registry.ts';
import { highestPublished, listDates, SNAPSHOT_TABLES } from './publish/history-files.ts';
import { Publisher } from './publish/publisher.ts';
import { Retirement } from './publish/retirement.ts';
import { hasSchemaFiles, writeSchemaFiles } from './publish/schema-files.ts';
import { removeOldSnapshots, staleSnapshots } from './publish/snapshots.ts';
import { clearUnfinished } from './publish/write-parquet.ts';
import { LiveSurface } from './reading/live-surface.ts';
import { ReadPool } from './reading/read-pool.ts';
import { publishReference, refreshSurface } from './reading/refresh.ts';
import { StoreMetrics } from './store-metrics.ts';
import type { StoreOptions, StoreParts } from './store-parts.ts';
import { EventTail } from './stream/event-tail.ts';
import { eventsBetween, readEvents } from './stream/read-events.ts';

/** Opens the engine and everything on it; nothing is published yet. */
export async function openParts(options: StoreOptions, signal: AbortSignal): Promise<StoreParts> {
  const { paths, config, calendar, logger } = options;
  mkdirSync(paths.hotDir, { recursive: true });
  clearUnfinished(paths.historyDir);
  const engine = await Engine.open({
    memoryLimitMb: config.memory_limit_mb,
    threads: config.threads,
    checkpointThresholdMb: config.checkpoint_threshold_mb,
    spillDir: join(paths.hotDir, '.spill'),
    onFatal: options.onFatal,
  });
  try {
    const writer = await engine.connect();
    await attachReference(writer, options);
    await writeSchemas(writer, paths.historyDir);
    const metrics = new StoreMetrics();
    const retirement = new Retirement(config.retired_file_grace_ms);
    const register = await DayRegister.load(writer, calendar);
    const catalogue = new CatalogueKeeper({ session: await engine.connect(), paths, calendar, register, logger });
    metrics.lastPublishedSeq = highestPublished(paths.historyDir);
    metrics.lastCommitSeq = Math.max(metrics.lastPublishedSeq, register.highestSeal());
    const hot = new HotDays(writer, paths, options);
    const instruments = await InstrumentRegistry.load(writer);
    const surface = new LiveSurface(new ReadPool(engine, config.query_timeout_ms), paths.historyDir);
    let lastSeq = 0;
    return {
      ...options,
      engine,
      writer,
      queue: new SerialQueue(),
      hot,
      instruments,
      register,
      retirement,
      catalogue,
      surface,
      events: new EventTail({
        read: (news) => readEvents({ surface }, news),
        readBetween: (position, to) => eventsBetween({ surface, register }, position, to),
        newestCommit: () => metrics.lastCommitSeq,
        logger,
      }),
      states: new StateKeeper(
        { ...options, register, hot, instruments, surface },
        new BulkRunner(BulkRunner.threadsOf(options.indicatorThreads ?? 1)),
      ),
      settlements: await SettlementRegister.load(writer),
      metrics,
      publisher: new Publisher({
        session: await engine.connect(),
        historyDir: paths.historyDir,
        compactEveryCommits: config.compact_every_commits,
        logger,
        signal,
        onCompacted: () => catalogue.rebuildSoon(),
        onPublished: (commitSeq, ms) => {
          metrics.lastPublishedSeq = Math.max(metrics.lastPublishedSeq, commitSeq);
          metrics.publish.add(ms);
        },
        onTrouble: (error) => metrics.setTrouble('publish', error === null ? null : troubleName(error)),
      }),
      nextSeq: () => {
        lastSeq = Math.max(lastSeq, metrics.lastCommitSeq) + 1;
        return lastSeq;
      },
    };
  } catch (error) {
    engine.close();
    throw error;
  }
}

/** Attaches the open days, publishes what a crash kept back, builds views and catalogue. */
export async function startPublication(parts: StoreParts): Promise<void> {
  const { hot, register, paths, logger } = parts;
  await publishReference(parts, await staleSnapshots(parts.writer, paths.historyDir));
  removeOldSnapshots(paths.historyDir);
  const known = new Set([...hot.filed(), ...listDates(paths.historyDir, 'commits')]);
  for (const date of [...known].sort()) {
    if (register.state(date) !== 'sealed') await openKnownDay(parts, date);
  }
  await refreshSurface(parts);
  logger.info('store open', { openDates: hot.dates(), lastCommit: parts.metrics.lastCommitSeq });
}

/** A day that the calendar cannot place is left as it is; it must not keep the others from being served. */
async function openKnownDay(parts: StoreParts, date: TradingDate): Promise<void> {
  try {
    await bringIn(parts, date);
  } catch (error) {
    if (!(error instanceof RtpError) || !error.code.startsWith('RTP_CALENDAR_')) throw error;
    parts.logger.error('a stored day is left aside', { date, error: describeError(error) });
  }
}

async function attachReference(writer: Session, options: StoreOptions): Promise<void> {
  const { paths } = options;
  await attachRecovering(
    writer,
    {
      file: referenceFile(paths),
      alias: REFERENCE,
      kind: 'reference',
      tables: SNAPSHOT_TABLES,
      restore: () => restoreReference(writer, paths.historyDir),
    },
    options,
  );
}

/** Only an empty reference is filled: its snapshots follow every change of it. */
async function restoreReference(writer: Session, historyDir: string): Promise<void> {
  const [row] = await writer.rows(`SELECT count(*)::DOUBLE FROM ${REFERENCE}.instruments`);
  if (row?.[0] === 0) await rebuildReference(writer, historyDir);
}

async function writeSchemas(writer: Session, historyDir: string): Promise<void> {
  if (hasSchemaFiles(historyDir)) return;
  const alias = 'empty_day';
  await writer.exec(`ATTACH ':memory:' AS ${alias}`);
  await migrate(writer, alias, 'day');
  await matchRegistry(writer, alias);
  await writeSchemaFiles(writer, historyDir, alias);
  await writer.exec(`DETACH ${alias}`);
}

function troubleName(error: unknown): string {
  if (error instanceof RtpError && error.code === 'RTP_STORE_DISK_FULL') return 'disk full';
  return `publication fails: ${describeError(error).slice(0, 120)}`;
}
