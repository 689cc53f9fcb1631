import { describe, expect, test } from '@jest/globals';
import { type Bar, type LogFields, type Logger, monotonicMs, RtpError, silentLogger } from '@rtp/core';
import { type Ack, type Batch, storeClientErrors } from '@rtp/store-client';
import { BatchSender } from '../../packages/pipeline/src/delivery/batch-sender.ts';
import { LatencyWindow } from '../../packages/pipeline/src/delivery/latency-window.ts';
import { untilAnswered } from '../../packages/pipeline/src/delivery/until-answered.ts';

const DATE = '2026-11-20';
const COUNTS = { inserted: 1, revised: 0, confirmed: 0, ignored: 0, absences: 0, indicators: 0 };
const ACK: Ack = { commitSeq: 1, duplicate: false, ...COUNTS };
const unreachable = (): RtpError => storeClientErrors.create('RTP_STORE_UNREACHABLE', 'no answer');

function bar(instrumentId = 1): Bar {
  const prices = { open: 1, high: 1, low: 1, close: 1, volume: 1 };
  return { instrumentId, ts: 0, ...prices, source: 'feed', state: 'provisional', partial: false, knownAt: 0 };
}

function senderTo(
  append: (batch: Batch) => Promise<Ack>,
  options: { maxRows?: number; logger?: Logger } = {},
): BatchSender {
  return new BatchSender({
    store: { append },
    logger: options.logger ?? silentLogger,
    producerId: 'pipeline',
    epoch: 7,
    maxRows: options.maxRows ?? 100,
    retryMinMs: 1,
    retryMaxMs: 2,
  });
}

describe('the batch sender', () => {
  test('numbers batches from 1 and keeps their order, one in flight at a time', async () => {
    const seen: number[] = [];
    let inFlight = 0;
    let most = 0;
    const sender = senderTo(async (batch) => {
      inFlight += 1;
      most = Math.max(most, inFlight);
      await new Promise(setImmediate);
      inFlight -= 1;
      seen.push(batch.seq);
      return { ...ACK, commitSeq: batch.seq };
    });
    const acks = await Promise.all([1, 2, 3].map(() => sender.send(DATE, [bar()], [])));
    expect(acks.map((ack) => ack.commitSeq)).toEqual([1, 2, 3]);
    expect([seen, most, sender.queuedRows]).toEqual([[1, 2, 3], 1, 0]);
  });

  test('sends the same envelope again until it is acknowledged, and the ones behind it wait', async () => {
    const arrivals: Batch[] = [];
    let failures = 3;
    const sender = senderTo(async (batch) => {
      arrivals.push(batch);
      if (batch.seq === 1 && failures-- > 0) throw unreachable();
      return ACK;
    });
    await Promise.all([sender.send(DATE, [bar()], []), sender.send(DATE, [bar()], [])]);
    expect(arrivals.map(({ seq }) => seq)).toEqual([1, 1, 1, 1, 2]);
    expect(new Set(arrivals.slice(0, 4))).toEqual(new Set([arrivals[0]]));
    expect(arrivals[0]).toMatchObject({ producerId: 'pipeline', epoch: 7, tradingDate: DATE });
  });

  test('a batch that the store refuses for good fails by itself and the queue goes on', async () => {
    const sender = senderTo(async (batch) => {
      if (batch.seq === 1) throw storeClientErrors.create('RTP_BATCH_INVALID', 'row 0');
      return ACK;
    });
    const refused = sender.send(DATE, [bar()], []);
    const next = sender.send(DATE, [bar()], []);
    await expect(refused).rejects.toMatchObject({ code: 'RTP_BATCH_INVALID' });
    await expect(next).resolves.toEqual(ACK);
  });

  test('a batch that the store fails on is given up after a few attempts, one it cannot take now is not', async () => {
    const answers = (code: string, times: number) => {
      let attempts = 0;
      const sender = senderTo(async () => {
        attempts += 1;
        if (attempts <= times) throw new RtpError(code, { summary: '', fix: '' }, code);
        return ACK;
      });
      return sender.send(DATE, [bar()], []);
    };
    await expect(answers('RTP_STORE_QUERY_FAILED', 3)).resolves.toEqual(ACK);
    await expect(answers('RTP_STORE_QUERY_FAILED', 100)).rejects.toMatchObject({ code: 'RTP_STORE_QUERY_FAILED' });
    await expect(answers('RTP_STORE_DISK_FULL', 30)).resolves.toEqual(ACK);
  });

  test('keeps a bounded number of rows, and says so', async () => {
    let release = (): void => {};
    const open = new Promise<void>((resolve) => {
      release = resolve;
    });
    const sender = senderTo(
      async () => {
        await open;
        return ACK;
      },
      { maxRows: 2 },
    );
    const first = sender.send(DATE, [bar(), bar()], []);
    await expect(sender.send(DATE, [bar()], [])).rejects.toMatchObject({ code: 'RTP_DELIVERY_FULL' });
    release();
    await first;
    await expect(sender.send(DATE, [bar()], [])).resolves.toEqual(ACK);
  });

  test('a stop delivers what is queued', async () => {
    const sender = senderTo(async () => {
      await new Promise(setImmediate);
      return ACK;
    });
    const sends = [sender.send(DATE, [bar()], []), sender.send(DATE, [bar()], [])];
    await sender.stop(monotonicMs() + 5_000);
    await expect(Promise.all(sends)).resolves.toHaveLength(2);
    await expect(sender.send(DATE, [bar()], [])).rejects.toMatchObject({ code: 'RTP_PIPELINE_STOPPED' });
  });

  test('a stop gives up at its deadline when the store is gone, and tells every waiter', async () => {
    const sender = senderTo(() => Promise.reject(unreachable()));
    const sends = [sender.send(DATE, [bar()], []), sender.send(DATE, [bar()], [])];
    const outcomes = Promise.allSettled(sends);
    await sender.stop(monotonicMs() + 20);
    for (const outcome of await outcomes) {
      expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'RTP_PIPELINE_STOPPED' } });
    }
  });

  test('says once, not for every attempt, that a batch is not acknowledged', async () => {
    const warnings: [string, LogFields | undefined][] = [];
    let failures = 5;
    const logger = {
      ...silentLogger,
      warn: (message: string, fields?: LogFields) => void warnings.push([message, fields]),
    };
    const sender = senderTo(() => (failures-- > 0 ? Promise.reject(unreachable()) : Promise.resolve(ACK)), { logger });
    await sender.send(DATE, [bar()], []);
    expect(warnings).toHaveLength(1);
  });
});

describe('questions to the store', () => {
  const options = { backoff: { minMs: 1, maxMs: 2 }, logger: silentLogger };

  test('are repeated while it does not answer', async () => {
    let failures = 3;
    const ask = async (): Promise<string> => {
      if (failures-- > 0) throw unreachable();
      return 'here';
    };
    await expect(untilAnswered(ask, { ...options, signal: new AbortController().signal })).resolves.toBe('here');
  });

  test('fail at once with any other error, and when aborted', async () => {
    const abort = new AbortController();
    const failing = (error: unknown) =>
      untilAnswered(() => Promise.reject(error), { ...options, signal: abort.signal });
    await expect(failing(new TypeError('a bug'))).rejects.toThrow('a bug');
    const waiting = failing(unreachable());
    abort.abort(new Error('stopping'));
    await expect(waiting).rejects.toThrow('stopping');
  });
});

describe('the latency window', () => {
  test('forgets what is older than its size', () => {
    const window = new LatencyWindow(100);
    expect(window.percentile(0.5)).toBeNull();
    for (let value = 1; value <= 200; value += 1) window.add(value);
    expect([window.percentile(0.5), window.percentile(0.99), window.percentile(1)]).toEqual([150, 199, 200]);
  });
});
