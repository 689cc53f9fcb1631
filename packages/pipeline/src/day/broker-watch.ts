/**
 * Keeps an eye on what of the broker the owner must know, and renews the token before it ends. Looked at with every report:
 * the conditions stand in the gauges' degraded ones while they hold, and are logged when they begin and end.
 */
import {
  describeError,
  type EpochMs,
  istTimeOf,
  type Logger,
  type MarketClock,
  MINUTE_MS,
  type RtpConfig,
  type SessionCalendar,
  tradingDateOf,
} from '@rtp/core';
import type { DhanClient } from '@rtp/dhan';
import type { Gauges } from './gauges.ts';
import { tokenNeed } from './token-need.ts';

/** What the owner does about a token that is not minted here. */
const BY_HAND = 'set a fresh DHAN_API_TOKEN, or DHAN_PIN and DHAN_TOTP_SECRET, and start RTP again';

export interface BrokerWatchOptions {
  readonly config: RtpConfig['broker'];
  readonly clock: MarketClock;
  readonly calendar: SessionCalendar;
  readonly logger: Logger;
  readonly client: DhanClient;
  readonly gauges: Gauges;
  readonly signal: AbortSignal;
}

export class BrokerWatch {
  private readonly options: BrokerWatchOptions;
  private isRenewing = false;
  private hasHadToken = false;

  constructor(options: BrokerWatchOptions) {
    this.options = options;
  }

  look(): void {
    const { client } = this.options;
    const { leaseHeldBy, planLapsedSince, clockSkewMs } = client.stats;
    this.set('lease', leaseHeldBy === null ? '' : `another system uses the account (${leaseHeldBy}): waiting for it`);
    this.set('data plan', planLapsedSince === null ? '' : this.planText(planLapsedSince));
    this.set('clock', clockSkewMs === null ? '' : this.clockText(clockSkewMs));
    this.set('token', this.lookAtToken());
  }

  private planText(since: EpochMs): string {
    const minutes = Math.round(this.options.config.no_plan_retry_ms / MINUTE_MS);
    return `the broker denies the account's data plan since ${shortTime(since)}: asked again every ${minutes} min`;
  }

  private clockText(skewMs: number): string {
    if (Math.abs(skewMs) <= this.options.config.clock_skew_limit_ms) return '';
    const seconds = (Math.abs(skewMs) / 1_000).toFixed(1);
    return `this machine's clock is ${seconds} s ${skewMs > 0 ? 'behind' : 'ahead of'} the broker's`;
  }

  private lookAtToken(): string {
    const { client, clock, calendar, config } = this.options;
    const { tokenExpiresAt, canMint } = client.stats;
    if (tokenExpiresAt === null) {
      if (!this.hasHadToken) return '';
      const lost = 'the access token has ended or was refused';
      return canMint ? `${lost}, and there is no new one yet` : `${lost}: ${BY_HAND}`;
    }
    this.hasHadToken = true;
    const now = clock.now();
    const need = tokenNeed({
      leftMs: tokenExpiresAt - now,
      canMint,
      isTrading: calendar.sessionAt(now).phase === 'open',
      warningMs: config.token_warning_ms,
      latestMs: config.token_renewal_latest_ms,
    });
    if (need.renew) void this.renew();
    const end = `the access token ends on ${tradingDateOf(tokenExpiresAt)} at ${shortTime(tokenExpiresAt)}`;
    if (need.warning === 'by hand') {
      return `${end} and is renewed by hand: ${BY_HAND}`;
    }
    return need.warning === 'not renewed' ? `${end} and could not be renewed yet` : '';
  }

  private async renew(): Promise<void> {
    const { client, config, logger, signal } = this.options;
    if (this.isRenewing) return;
    this.isRenewing = true;
    try {
      await client.ensureToken({ minLifeMs: config.token_warning_ms, signal });
    } catch (error) {
      if (!signal.aborted) logger.warn('the token could not be renewed', { error: describeError(error) });
    } finally {
      this.isRenewing = false;
    }
  }

  private set(name: string, text: string): void {
    const { gauges, logger } = this.options;
    const before = gauges.degraded.get(name) ?? '';
    if (before === '' && text !== '') logger.warn(text);
    if (before !== '' && text === '') logger.info(`no longer so: ${before}`);
    gauges.setDegraded(name, text);
  }
}

const shortTime = (instant: EpochMs): string => `${istTimeOf(instant).slice(0, 5)} IST`;
