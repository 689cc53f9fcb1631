import { describeError, type EpochMs, type Logger, type MarketClock, type MarketTimer } from '@rtp/core';
import { failure } from '../wire/failure-kind.ts';

export interface PlanCircuitOptions {
  readonly clock: MarketClock;
  readonly logger: Logger;
  /** Market time without data calls after one was refused for the plan. */
  readonly retryMs: number;
  /** One data call, past the circuit. */
  readonly probe: () => Promise<unknown>;
}

/**
 * Whether the broker honours the account's data plan (wire §2.2; 806, `DH-902`, `DH-903` of wire §6.3).
 *
 *   honoured ──a data call is refused for the plan──▶ probing ──answered──▶ honoured
 *                                                       │   ▲
 *                                      refused, or failed   retryMs
 *                                                       ▼   │
 *                                                       lapsed
 *   any ──close──▶ closed
 *
 * Until the probe is answered no other data call is made, and no token is minted: a new one would be refused alike. The
 * first probe goes at once, because a refusal may concern one segment only.
 */
export class PlanCircuit {
  /** Since when the plan is not honoured; null while it is. */
  lapsedSince: EpochMs | null = null;
  private readonly options: PlanCircuitOptions;
  private timer: MarketTimer | undefined;
  private message = '';
  private isClosed = false;

  constructor(options: PlanCircuitOptions) {
    this.options = options;
  }

  /** Errors: RTP_DHAN_NO_DATA_PLAN while the plan is lapsed. */
  check(): void {
    if (this.lapsedSince !== null) throw failure('no_plan', `no call is made: ${this.message}`);
  }

  /** A data call, or the probe itself, was refused for the plan. */
  refused(message: string, by: 'call' | 'probe'): void {
    const { clock, logger, retryMs } = this.options;
    this.message = message;
    const isFirst = this.lapsedSince === null;
    if (isFirst) logger.error('the broker denies the data plan', { message, retryMs });
    this.lapsedSince ??= clock.now();
    if (by === 'probe') this.probeAfter(retryMs);
    else if (isFirst) this.probeAfter(0);
  }

  /** A data call was answered. */
  honoured(): void {
    if (this.lapsedSince === null) return;
    this.lapsedSince = null;
    this.timer?.cancel();
    this.options.logger.info('the broker honours the data plan again');
  }

  close(): void {
    this.isClosed = true;
    this.timer?.cancel();
  }

  private probeAfter(ms: number): void {
    const { clock, retryMs, probe, logger } = this.options;
    this.timer?.cancel();
    if (this.isClosed) return;
    this.timer = clock.setTimer(clock.now() + ms, () => {
      probe().catch((error: unknown) => {
        if (this.lapsedSince === null || this.isClosed) return;
        logger.warn('the data plan is still not proved', { error: describeError(error) });
        this.probeAfter(retryMs);
      });
    });
  }
}
