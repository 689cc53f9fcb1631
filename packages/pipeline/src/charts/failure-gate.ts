/**
 * Lets calls through while the broker answers; while it fails, one at a time, each after a longer pause.
 *
 *   open ──a call fails──▶ resting ──the pause is over──▶ probing: one call ──answered──▶ open
 *                             ▲──────────────────failed──────────┘
 *
 * Calls that were under way when the first one failed say nothing new. The pause grows over rounds, so that a broker that
 * fails for hours costs few of the day's calls.
 */
import type { EpochMs, MarketClock, RtpConfig } from '@rtp/core';
import { type FailureBackoff, failureBackoff } from '@rtp/dhan';

export interface FailureGateOptions {
  readonly clock: MarketClock;
  readonly config: Pick<RtpConfig['pipeline'], 'chart_error_min_ms' | 'chart_error_max_ms' | 'chart_retry_floor_ms'>;
}

export class FailureGate {
  private readonly options: FailureGateOptions;
  private readonly backoff: FailureBackoff;
  private restUntil: EpochMs = Number.NEGATIVE_INFINITY;
  /** Resolves when the call under way as a probe is over; null while there is none. */
  private probe: PromiseWithResolvers<void> | null = null;

  constructor(options: FailureGateOptions) {
    const { chart_error_min_ms: minMs, chart_error_max_ms: maxMs } = options.config;
    this.options = options;
    this.backoff = failureBackoff({ minMs, maxMs });
  }

  /** Makes the call when its turn comes; null when that is not before `deadline`. Errors: the call's, the signal's reason. */
  async run<T>(call: () => Promise<T>, deadline: EpochMs, signal: AbortSignal): Promise<T | null> {
    const { clock } = this.options;
    for (let other = this.probe; other !== null && clock.now() < deadline; other = this.probe) await other.promise;
    if (clock.now() >= deadline) return null;
    if (this.backoff.failures === 0) return this.attempt(call, false);
    const probe = Promise.withResolvers<void>();
    this.probe = probe;
    try {
      const at = Math.min(this.restUntil, deadline);
      if (clock.now() < at) await clock.sleepUntil(at, { floorMs: this.options.config.chart_retry_floor_ms, signal });
      return clock.now() < deadline ? await this.attempt(call, true) : null;
    } finally {
      this.probe = null;
      probe.resolve();
    }
  }

  private async attempt<T>(call: () => Promise<T>, isProbe: boolean): Promise<T> {
    try {
      const answer = await call();
      this.backoff.reset();
      return answer;
    } catch (error) {
      if (isProbe || this.backoff.failures === 0) this.restUntil = this.options.clock.now() + this.backoff.next();
      throw error;
    }
  }
}
