import { type Ack, type BatchRows, loadWire, makeBatch } from '@rtp/store-client';
import { checkpointGrown } from '../days/checkpoint-day.ts';
import type { HotDay } from '../days/hot-day.ts';
import type { StoreParts } from '../store-parts.ts';
import { commitBatch } from './commit-batch.ts';

/** Who the store is when it commits by itself. */
const OWN_PRODUCER = 'store';

/** Commits rows of the store's own and hands them to publication. Inside the writer's queue. Errors: the engine's. */
export async function commitOwn(parts: StoreParts, day: HotDay, rows: Partial<BatchRows>): Promise<Ack> {
  const { toDecodedBatch } = await loadWire();
  const now = parts.clock.now();
  const commitSeq = parts.nextSeq();
  const envelope = { producerId: OWN_PRODUCER, epoch: now, seq: commitSeq, tradingDate: day.date };
  const batch = toDecodedBatch(makeBatch(envelope, rows));
  const { ack, rows: written } = (await commitBatch(parts.writer, {
    batch,
    day,
    commitSeq,
    committedAt: now,
    mode: 'commit',
  }))!;
  day.remember(envelope, ack);
  parts.metrics.lastCommitSeq = commitSeq;
  parts.publisher.publish(day, commitSeq, written);
  await checkpointGrown(parts, day);
  return ack;
}
