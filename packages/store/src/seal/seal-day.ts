import type { TradingDate } from '@rtp/core';
import { type DayCoverage, loadWire, makeBatch, type SealReceipt } from '@rtp/store-client';
import { commitBatch } from '../commit/commit-batch.ts';
import type { HotDay } from '../days/hot-day.ts';
import { openDay } from '../days/open-day.ts';
import { storeErrors } from '../errors.ts';
import { publishReference, refreshSurface } from '../reading/refresh.ts';
import type { StoreParts } from '../store-parts.ts';
import { unknownMinutes } from './unknown-minutes.ts';
import { writeSealed } from './write-sealed.ts';

/** Who the store is when it commits by itself. */
const OWN_PRODUCER = 'store';

/**
 * Seals a day: checks that it is complete (or records what is unknown, when forced), writes its sealed files, reads
 * them back, stores the receipt, and points catalogue and views at them. Until the receipt is stored the day is open
 * and a crash changes nothing; after it, the start rebuilds whatever comes later. Sealing what has not changed since
 * returns the receipt it has. Inside the writer's queue.
 *
 * Errors: RTP_STORE_NOT_COMPLETE, RTP_STORE_SEAL_UNVERIFIED, the engine's.
 */
export async function sealDay(
  parts: StoreParts,
  date: TradingDate,
  coverageOf: (date: TradingDate) => Promise<DayCoverage>,
  force: boolean,
): Promise<SealReceipt> {
  const { register, hot, publisher, logger } = parts;
  const sealed = register.receipt(date);
  if (sealed !== null && register.state(date) === 'sealed') return sealed;
  const day = await openDay(parts, date);
  if (sealed !== null && day.lastSeq <= sealed.commitSeq) return resealUnchanged(parts, date, sealed);
  const coverage = await coverageOf(date);
  requireComplete(coverage, force);
  if (coverage.unknown > 0) await recordUnknown(parts, day);
  await publisher.idle();
  const receipt = await writeReceipt(parts, await coverageOf(date), (sealed?.generation ?? 0) + 1);
  await pointReaders(parts);
  await parts.surface.settled();
  await hot.close(date);
  logger.info('day sealed', { ...receipt });
  return receipt;
}

function requireComplete(coverage: DayCoverage, force: boolean): void {
  if (coverage.complete || force) return;
  const { date, unknown, pending, expected } = coverage;
  const what =
    expected === 0
      ? 'no minute of it is owed'
      : `${unknown} of ${expected} minutes are unknown and ${pending} still to come`;
  throw storeErrors.create('RTP_STORE_NOT_COMPLETE', `${date} is not complete: ${what}.`);
}

/** Commits an absence `unknown` for every expected minute that is over and has nothing. */
async function recordUnknown(parts: StoreParts, day: HotDay): Promise<void> {
  const { toDecodedBatch } = await loadWire();
  const now = parts.clock.now();
  const commitSeq = parts.nextSeq();
  const envelope = { producerId: OWN_PRODUCER, epoch: now, seq: commitSeq, tradingDate: day.date };
  const absences = await parts.surface.ask((run) => unknownMinutes(run, day.date, now));
  if (absences.length === 0) return;
  const batch = toDecodedBatch(makeBatch(envelope, { absences }));
  const outcome = await commitBatch(parts.writer, { batch, day, commitSeq, committedAt: now, mode: 'commit' });
  if (outcome === null) return;
  day.remember(envelope, outcome.ack);
  parts.metrics.lastCommitSeq = commitSeq;
  parts.publisher.publish(day, commitSeq, outcome.rows);
}

async function writeReceipt(parts: StoreParts, coverage: DayCoverage, generation: number): Promise<SealReceipt> {
  const { date } = coverage;
  const commitSeq = parts.nextSeq();
  const files = await writeSealed(parts.writer, parts.paths.historyDir, date, commitSeq);
  const receipt: SealReceipt = {
    date,
    generation,
    commitSeq,
    sealedAt: parts.clock.now(),
    instruments: coverage.instruments.length,
    bars: files.bars,
    superseded: files.superseded,
    indicators: files.indicators,
    absences: coverage.absences,
    unknown: coverage.unknown,
    complete: coverage.complete,
    checksum: files.checksum,
  };
  await parts.register.seal(receipt);
  await parts.writer.exec('CHECKPOINT ref');
  parts.metrics.lastCommitSeq = commitSeq;
  return receipt;
}

async function resealUnchanged(parts: StoreParts, date: TradingDate, receipt: SealReceipt): Promise<SealReceipt> {
  await parts.register.setState(date, 'sealed');
  await pointReaders(parts);
  await parts.surface.settled();
  await parts.hot.close(date);
  return receipt;
}

/** Readers of the sealed files from here on; the hot file is read by those under way only. */
async function pointReaders(parts: StoreParts): Promise<void> {
  await publishReference(parts, ['days', 'seals']);
  await refreshSurface(parts);
}
