import type { TradingDate } from '@rtp/core';
import type { SealReceipt } from '@rtp/store-client';
import { openDay } from '../days/open-day.ts';
import type { StoreParts } from '../store-parts.ts';
import { pointReaders, writeReceipt } from './write-receipt.ts';

/**
 * Writes the next generation of a sealed day whose bars are what they were and whose indicators changed. Readers keep
 * the one before until it is in place. Inside the writer's queue. Errors: RTP_STORE_SEAL_UNVERIFIED, the engine's.
 */
export async function resealSettled(parts: StoreParts, date: TradingDate): Promise<SealReceipt> {
  const { register, publisher, surface, hot } = parts;
  const before = register.receipt(date)!;
  await openDay(parts, date);
  await publisher.idle();
  const receipt = await writeReceipt(parts, { ...before, generation: before.generation + 1 });
  await pointReaders(parts);
  await surface.settled();
  await hot.close(date);
  return receipt;
}
