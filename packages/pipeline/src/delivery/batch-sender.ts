/**
 * Delivers batches to the store in order, each until it is acknowledged.
 *
 *   idle ──send──▶ sending ──ack──▶ next in the queue, or idle
 *                     └──answer lost──▶ waiting (short real back-off) ──▶ sending the same envelope again
 *
 * One batch is in flight at a time. A lost answer is not a lost batch: the store knows the envelope and answers
 * `duplicate`. Any failure that does not pass (a batch that breaks the contract) is the batch's own:
 * its promise rejects and the queue goes on. `stop` delivers what is queued until its deadline; what is left rejects with RTP_PIPELINE_STOPPED.
 */
import {
  type Absence,
  type Bar,
  describeError,
  type Logger,
  monotonicMs,
  type RtpError,
  realDelay,
  type TradingDate,
} from '@rtp/core';
import {
  type Ack,
  type Batch,
  type IndicatorRows,
  makeBatch,
  NO_INDICATORS,
  type StoreClient,
} from '@rtp/store-client';
import { pipelineErrors } from '../errors.ts';
import { isDoubtful, isPassing } from './store-failure.ts';

/** A batch that the store's engine fails on so often is given up, so that the ones behind it get through. */
const MAX_DOUBTFUL_ATTEMPTS = 8;

export interface BatchSenderOptions {
  readonly store: Pick<StoreClient, 'append'>;
  readonly logger: Logger;
  readonly producerId: string;
  /** Grows with every start of the producer. */
  readonly epoch: number;
  /** Rows that may wait. */
  readonly maxRows: number;
  readonly retryMinMs: number;
  readonly retryMaxMs: number;
}

interface Queued {
  readonly batch: Batch;
  readonly rows: number;
  resolve(ack: Ack): void;
  reject(error: unknown): void;
}

export class BatchSender {
  /** Rows queued or in flight. */
  queuedRows = 0;
  /** Attempts of the batch in flight that failed in a row. */
  failedAttempts = 0;
  private readonly options: BatchSenderOptions;
  private readonly queue: Queued[] = [];
  private readonly abort = new AbortController();
  private seq = 0;
  private running: Promise<void> | undefined;
  private isClosed = false;

  constructor(options: BatchSenderOptions) {
    this.options = options;
  }

  /** Queues one batch. Errors: RTP_DELIVERY_FULL, RTP_BATCH_INVALID, RTP_PIPELINE_STOPPED. */
  send(
    tradingDate: TradingDate,
    bars: readonly Bar[],
    absences: readonly Absence[],
    indicators: IndicatorRows = NO_INDICATORS,
  ): Promise<Ack> {
    const rows = bars.length + absences.length + indicators.ts.length;
    if (this.isClosed) return Promise.reject(stoppedError(tradingDate));
    if (this.queuedRows > 0 && this.queuedRows + rows > this.options.maxRows) {
      const message = `${this.queuedRows} rows wait for the store; ${rows} more of ${tradingDate} are not kept.`;
      return Promise.reject(pipelineErrors.create('RTP_DELIVERY_FULL', message));
    }
    this.seq += 1;
    const { producerId, epoch } = this.options;
    const batch = makeBatch({ producerId, epoch, seq: this.seq, tradingDate }, { bars, absences, indicators });
    this.queuedRows += rows;
    return new Promise((resolve, reject) => {
      this.queue.push({ batch, rows, resolve, reject });
      this.running ??= this.run();
    });
  }

  /** Takes no more, delivers what is queued until `deadline` (monotonic ms). */
  async stop(deadline: number): Promise<void> {
    this.isClosed = true;
    const enough = new AbortController();
    const timeout = realDelay(Math.max(0, deadline - monotonicMs()), enough.signal).catch(() => {});
    await Promise.race([this.running ?? Promise.resolve(), timeout]);
    enough.abort();
    this.abort.abort();
    for (const queued of this.queue.splice(0)) queued.reject(stoppedError(queued.batch.tradingDate));
  }

  private async run(): Promise<void> {
    for (;;) {
      const next = this.queue[0];
      if (next === undefined) break;
      try {
        next.resolve(await this.deliver(next.batch));
      } catch (error) {
        next.reject(error);
      }
      if (this.queue[0] === next) this.queue.shift();
      this.queuedRows -= next.rows;
    }
    this.running = undefined;
  }

  private async deliver(batch: Batch): Promise<Ack> {
    const { store, logger, retryMinMs, retryMaxMs } = this.options;
    for (let attempt = 1; ; attempt += 1) {
      try {
        const ack = await store.append(batch);
        this.failedAttempts = 0;
        return ack;
      } catch (error) {
        if (!isPassing(error) || (isDoubtful(error) && attempt >= MAX_DOUBTFUL_ATTEMPTS)) {
          logger.error('a batch was refused', { seq: batch.seq, error: describeError(error) });
          throw error;
        }
        this.failedAttempts = attempt;
        if (attempt === 1)
          logger.warn('batch not acknowledged, sending it again', { seq: batch.seq, error: describeError(error) });
        if (this.abort.signal.aborted) throw stoppedError(batch.tradingDate);
        await realDelay(Math.min(retryMaxMs, retryMinMs * 2 ** Math.min(attempt - 1, 20)), this.abort.signal).catch(
          () => {
            throw stoppedError(batch.tradingDate);
          },
        );
      }
    }
  }
}

function stoppedError(date: TradingDate): RtpError {
  return pipelineErrors.create(
    'RTP_PIPELINE_STOPPED',
    `A batch of ${date} was not delivered before the pipeline stopped.`,
  );
}
