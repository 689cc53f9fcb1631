import { monotonicMs, RtpError } from '@rtp/core';
import type { Ack, DecodedBatch } from '@rtp/store-client';
import { checkpointGrown } from '../days/checkpoint-day.ts';
import type { HotDay } from '../days/hot-day.ts';
import { openDay, reopenDay } from '../days/open-day.ts';
import type { StoreParts } from '../store-parts.ts';
import { checkBatch } from './check-batch.ts';
import { commitBatch } from './commit-batch.ts';

/**
 * Commits a batch and hands it to publication. A batch that was committed before is answered as then. Inside the
 * writer's queue. Errors: RTP_BATCH_INVALID, RTP_STORE_DISK_FULL, the calendar's, the engine's.
 */
export async function appendBatch(parts: StoreParts, batch: DecodedBatch): Promise<Ack> {
  const { instruments, metrics, register, hot } = parts;
  const started = monotonicMs();
  checkBatch(batch, (instrumentId) => instruments.has(instrumentId));
  const { tradingDate } = batch.envelope;
  const day = await openDay(parts, tradingDate);
  const before = day.answered(batch.envelope);
  const isSealed = register.state(tradingDate) === 'sealed';
  try {
    if (before !== null) {
      metrics.duplicates += 1;
      return { ...before, duplicate: true };
    }
    if (isSealed && (await changesNothing(parts, batch, day))) {
      const ignored = batch.bars.length + batch.absences.length + batch.indicators.ts.length;
      return { ...EMPTY_ACK, commitSeq: day.lastSeq, ignored };
    }
    if (isSealed) await reopenDay(parts, day);
    const ack = await commit(parts, batch, day);
    metrics.commit.add(monotonicMs() - started);
    return ack;
  } finally {
    if (register.state(tradingDate) === 'sealed') await hot.close(tradingDate);
  }
}

const EMPTY_ACK = { duplicate: false, inserted: 0, revised: 0, confirmed: 0, ignored: 0, absences: 0, indicators: 0 };

async function changesNothing(parts: StoreParts, batch: DecodedBatch, day: HotDay): Promise<boolean> {
  const request = { batch, day, commitSeq: day.lastSeq + 1, committedAt: parts.clock.now() };
  return (await commitBatch(parts.writer, { ...request, mode: 'try' })) === null;
}

async function commit(parts: StoreParts, batch: DecodedBatch, day: HotDay): Promise<Ack> {
  const { writer, clock, metrics, publisher, events } = parts;
  try {
    const request = { batch, day, commitSeq: parts.nextSeq(), committedAt: clock.now() };
    const { ack, rows } = (await commitBatch(writer, { ...request, mode: 'commit' }))!;
    day.remember(batch.envelope, ack);
    metrics.lastCommitSeq = ack.commitSeq;
    metrics.commits += 1;
    metrics.setTrouble('commit', null);
    publisher.publish(day, ack.commitSeq, rows);
    if (rows.bars > 0) {
      events.announce({ kind: 'commit', commitSeq: ack.commitSeq, date: day.date, revised: ack.revised });
    }
    void parts.queue.run(() => checkpointGrown(parts, day));
    return ack;
  } catch (error) {
    if (error instanceof RtpError && error.code === 'RTP_STORE_DISK_FULL') metrics.setTrouble('commit', 'disk full');
    throw error;
  }
}
