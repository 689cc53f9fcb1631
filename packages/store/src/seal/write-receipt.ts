import type { SealReceipt } from '@rtp/store-client';
import { publishReference, refreshSurface } from '../reading/refresh.ts';
import type { StoreParts } from '../store-parts.ts';
import { writeSealed } from './write-sealed.ts';

/** What a receipt says besides what its files hold. */
export type ReceiptCounts = Pick<
  SealReceipt,
  'date' | 'generation' | 'instruments' | 'absences' | 'unknown' | 'complete'
>;

/**
 * Writes an attached day's sealed files and stores their receipt: from here on the day is sealed. Inside the writer's
 * queue. Errors: RTP_STORE_SEAL_UNVERIFIED, the engine's.
 */
export async function writeReceipt(parts: StoreParts, counts: ReceiptCounts): Promise<SealReceipt> {
  const commitSeq = parts.nextSeq();
  const files = await writeSealed(parts.writer, parts.paths.historyDir, counts.date, commitSeq);
  const receipt: SealReceipt = {
    date: counts.date,
    generation: counts.generation,
    commitSeq,
    sealedAt: parts.clock.now(),
    instruments: counts.instruments,
    bars: files.bars,
    superseded: files.superseded,
    indicators: files.indicators,
    absences: counts.absences,
    unknown: counts.unknown,
    complete: counts.complete,
    checksum: files.checksum,
  };
  await parts.register.seal(receipt);
  await parts.writer.exec('CHECKPOINT ref');
  parts.metrics.lastCommitSeq = commitSeq;
  parts.events.announce({ kind: 'seal', commitSeq, receipt });
  return receipt;
}

/** Readers of a day's sealed files from here on; its hot file is read by those under way only. */
export async function pointReaders(parts: StoreParts): Promise<void> {
  await publishReference(parts, ['days', 'seals']);
  await refreshSurface(parts);
}
