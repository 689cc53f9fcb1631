import type { TradingDate } from '@rtp/core';
import type { DayCoverage, SealReceipt } from '@rtp/store-client';
import { commitOwn } from '../commit/commit-own.ts';
import type { HotDay } from '../days/hot-day.ts';
import { openDay } from '../days/open-day.ts';
import { storeErrors } from '../errors.ts';
import { recordSettled, settleDay } from '../indicators/settle-day.ts';
import type { StoreParts } from '../store-parts.ts';
import { unknownMinutes } from './unknown-minutes.ts';
import { pointReaders, writeReceipt } from './write-receipt.ts';

/**
 * Seals a day: checks that it is complete (or records why each minute is owed, when forced), settles its indicators, writes its
 * sealed files, reads them back, stores the receipt, and points catalogue and views at them. Until the receipt is stored the day is open
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
  const settled = await settleDay(parts, day);
  await publisher.idle();
  const { instruments, absences, unknown, complete } = await coverageOf(date);
  const generation = (sealed?.generation ?? 0) + 1;
  const counts = { date, generation, instruments: instruments.length, absences, unknown, complete };
  const receipt = await writeReceipt(parts, counts);
  await recordSettled(parts, date, settled);
  await pointReaders(parts);
  await parts.surface.settled();
  await hot.close(date);
  logger.info('day sealed', { ...receipt, settled: settled?.settled ?? null });
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

/** Commits an absence `unknown` for every expected minute that is over and of which nothing is recorded. */
async function recordUnknown(parts: StoreParts, day: HotDay): Promise<void> {
  const now = parts.clock.now();
  const absences = await parts.surface.ask((run) => unknownMinutes(run, day.date, now));
  if (absences.length > 0) await commitOwn(parts, day, { absences });
}

async function resealUnchanged(parts: StoreParts, date: TradingDate, receipt: SealReceipt): Promise<SealReceipt> {
  await parts.register.setState(date, 'sealed');
  await pointReaders(parts);
  await parts.surface.settled();
  await parts.hot.close(date);
  return receipt;
}
