/**
 * Keeps an eye on what of the broker the owner must know, and renews the token before it ends. Looked at with every report:
 * the conditions stand in the gauges' degraded ones while they hold, are logged when they begin and end, and raise one alert.
 */
import {
  type AlertKind,
  type ChildContext,
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
import { type Concern, Concerns } from './concerns.ts';
import type { Gauges } from './gauges.ts';
import { tokenNeed } from './token-need.ts';

/** What the owner does about a token that is not minted here. */
const BY_HAND = 'set a fresh DHAN_API_TOKEN, or DHAN_PIN and DHAN_TOTP_SECRET, and start RTP again';
/** What the owner does about a token that is minted here. */
const MINTING = 'Look at DHAN_PIN, DHAN_TOTP_SECRET and the log of the pipeline; it goes on trying.';

export interface BrokerWatchOptions {
  readonly config: RtpConfig['broker'];
  readonly clock: MarketClock;
  readonly calendar: SessionCalendar;
  readonly logger: Logger;
  readonly client: DhanClient;
  readonly gauges: Gauges;
  readonly raise: ChildContext['raise'];
  readonly signal: AbortSignal;
  /** Until when a day needs the token, if one is being prepared or is under way. */
  neededUntil(now: EpochMs): EpochMs | null;
  /** Whether the broker turns the live feed away for want of a data plan. */
  isFeedDenied(): boolean;
}

export class BrokerWatch {
  private readonly options: BrokerWatchOptions;
  private readonly concerns: Concerns;
  private isRenewing = false;
  private hasHadToken = false;

  constructor(options: BrokerWatchOptions) {
    this.options = options;
    this.concerns = new Concerns({ ...options, againMs: options.config.alert_again_ms });
  }

  look(): void {
    this.concerns.set('lease', this.lease());
    this.concerns.set('data plan', this.plan());
    this.concerns.set('clock', this.clockSkew());
    this.concerns.set('token', this.token());
    this.concerns.set('budget', this.budget());
  }

  private lease(): Concern | null {
    const { leaseHeldBy } = this.options.client.stats;
    if (leaseHeldBy === null) return null;
    return {
      text: `another system uses the account (${leaseHeldBy}): waiting for it`,
      kind: 'account-held',
      fix: 'Stop one of the two systems: a token that the one mints would end the token of the other.',
      afterMs: this.options.config.alert_after_ms,
    };
  }

  private plan(): Concern | null {
    const { client, config } = this.options;
    const { planLapsedSince } = client.stats;
    const isLapsed = planLapsedSince !== null;
    if (!isLapsed && !this.options.isFeedDenied()) return null;
    const what = isLapsed
      ? `the broker denies the account's data plan since ${shortTime(planLapsedSince)}`
      : 'the broker denies the data plan to the live feed alone';
    const minutes = Math.round(config.no_plan_retry_ms / MINUTE_MS);
    return {
      text: `${what}: asked again every ${minutes} min`,
      kind: 'data-plan-denied',
      fix: "Look at the data plan on the broker's site, even if the profile says Active; no new token helps.",
    };
  }

  private clockSkew(): Concern | null {
    const { client, config } = this.options;
    const { clockSkewMs } = client.stats;
    if (clockSkewMs === null || Math.abs(clockSkewMs) <= config.clock_skew_limit_ms) return null;
    const seconds = (Math.abs(clockSkewMs) / 1_000).toFixed(1);
    return {
      text: `this machine's clock is ${seconds} s ${clockSkewMs > 0 ? 'behind' : 'ahead of'} the broker's`,
      kind: 'clock-skew',
      fix: 'Set the clock, best by a time service: minutes are sealed and tokens minted by it.',
    };
  }

  private budget(): Concern | null {
    const { cap, left } = this.options.client.stats.budget;
    if (left > 0) return null;
    return {
      text: `the day's ${cap} chart calls are used up: what still lacks official candles waits for tomorrow`,
      kind: 'budget-used-up',
      fix: 'Raise broker.chart_calls_per_day if the account allows more; `rtp status` shows who used them.',
    };
  }

  private token(): Concern | null {
    const { client, clock, calendar, config } = this.options;
    const { tokenExpiresAt, canMint } = client.stats;
    const { alert_after_ms: afterMs } = config;
    if (tokenExpiresAt === null) return this.hasHadToken ? this.lostToken(canMint) : null;
    this.hasHadToken = true;
    const now = clock.now();
    const neededMs = Math.max(0, (this.options.neededUntil(now) ?? now) - now);
    const need = tokenNeed({
      neededMs,
      leftMs: tokenExpiresAt - now,
      canMint,
      isTrading: calendar.sessionAt(now).phase === 'open',
      warningMs: config.token_warning_ms,
      latestMs: config.token_renewal_latest_ms,
    });
    if (need.renew) void this.renew(Math.max(config.token_warning_ms, neededMs));
    const kind: AlertKind = 'token-ending';
    const end = `the access token ends on ${tradingDateOf(tokenExpiresAt)} at ${shortTime(tokenExpiresAt)}`;
    if (need.warning === 'by hand')
      return { text: `${end} and is renewed by hand: ${BY_HAND}`, kind, fix: sentence(BY_HAND) };
    if (need.warning === 'too short')
      return { text: `${end}, before the day is over, and could not be renewed yet`, kind, fix: MINTING, afterMs };
    if (need.warning === 'not renewed') return { text: `${end} and could not be renewed yet`, kind, fix: MINTING };
    return null;
  }

  private lostToken(canMint: boolean): Concern {
    const lost = 'the access token has ended or was refused';
    if (!canMint) return { text: `${lost}: ${BY_HAND}`, kind: 'token-lost', fix: sentence(BY_HAND) };
    const { alert_after_ms: afterMs } = this.options.config;
    return { text: `${lost}, and there is no new one yet`, kind: 'token-lost', fix: MINTING, afterMs };
  }

  private async renew(minLifeMs: number): Promise<void> {
    const { client, logger, signal } = this.options;
    if (this.isRenewing) return;
    this.isRenewing = true;
    try {
      await client.ensureToken({ minLifeMs, signal });
    } catch (error) {
      if (!signal.aborted) logger.warn('the token could not be renewed', { error: describeError(error) });
    } finally {
      this.isRenewing = false;
    }
  }
}

const shortTime = (instant: EpochMs): string => `${istTimeOf(instant).slice(0, 5)} IST`;

const sentence = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
