/** What the rest of RTP sees of the broker's REST side. Shapes of the wire stay inside this package. */
import type { BudgetReport, EpochMs, Logger, MarketClock, RtpConfig, Segment, TradingDate } from '@rtp/core';
import type { Profile } from '../auth/profile.ts';
import type { Candles } from '../charts/candles.ts';
import type { FeedInstrument } from '../feed/feed-contract.ts';
import type { QuoteKind, QuoteRow } from '../quotes/quotes.ts';
import type { MasterRow } from '../scrip-master/master-row.ts';

/** Who we are to the broker. A token, or a PIN and a TOTP secret to mint one; with both, the longest-lived token is used. */
export interface DhanCredentials {
  readonly clientId: string;
  readonly apiToken?: string;
  readonly pin?: string;
  /** Base32, as shown when TOTP was set up. */
  readonly totpSecret?: string;
}

export interface DhanOptions {
  readonly broker: RtpConfig['broker'];
  readonly credentials: DhanCredentials;
  readonly clock: MarketClock;
  readonly logger: Logger;
  /** The 0600 file of the live token; the day's chart-call count is kept beside it. */
  readonly tokenFile: string;
  /** Where systems of this user tell each other who uses an account, and what they are told of this one; alone without it. */
  readonly lease?: { readonly stateDir: string; readonly dataDir: string };
  /** Chart calls in flight at most (`performance.max_workers_data`); 8 by default. */
  readonly maxInFlight?: number;
  /** Whose last price proves the data plan; NIFTY by default. */
  readonly dataPlanProbe?: FeedInstrument;
}

/** Order in which waiting chart calls are served, first served first. */
export const CALL_PRIORITIES = ['repair', 'priority', 'live', 'sweep', 'backfill'] as const;
export type CallPriority = (typeof CALL_PRIORITIES)[number];

export interface ChartRequest {
  readonly segment: Segment;
  readonly securityId: string;
  readonly instrument: 'EQUITY' | 'INDEX';
  readonly from: TradingDate;
  /** Inclusive; at most 89 days from `from`, both counted, for minutes. */
  readonly to: TradingDate;
  readonly priority: CallPriority;
  readonly signal?: AbortSignal;
}

export interface LiveToken {
  readonly token: string;
  readonly expiresAt: EpochMs;
}

/** Counters since the client was created, and what is left of the budgets. */
export interface DhanStats {
  /** HTTP calls sent, of every kind. */
  readonly calls: number;
  /** Calls that failed, rate-limit answers included; "no data" answers are not failures. */
  readonly errors: number;
  readonly rateLimited: number;
  /** Chart calls left of today's cap (IST date), whoever may use them. */
  readonly chartCallsLeft: number;
  readonly budget: BudgetReport;
  readonly tokenExpiresAt: EpochMs | null;
  /** Whether tokens are minted here; if not, they are given by hand. */
  readonly canMint: boolean;
  /** Since when the broker denies the data plan; null while it does not. */
  readonly planLapsedSince: EpochMs | null;
  /** Who holds the account's lease instead of us; null while we hold it or it is free. */
  readonly leaseHeldBy: string | null;
  /** The broker's clock less ours, market ms; null before the first answer. */
  readonly clockSkewMs: number | null;
}

/**
 * The broker over REST. Every method may fail with the codes of `dhanErrors`; `failureKindOf` tells which kind a
 * failure is. A rejected token is renewed once and a rate-limited call repeated a few times inside; everything
 * else is the caller's to retry. What needs the account waits while another system of this user holds its lease.
 */
export interface DhanClient {
  readonly clientId: string;
  /**
   * A token that lives at least `minLifeMs` longer on the market clock (default `broker.token_renewal_margin_ms`),
   * from the token file, the given credentials, or a mint. Where no longer-lived one can be had, the live one is
   * returned. Errors: RTP_DHAN_CREDENTIALS_MISSING, RTP_DHAN_TOKEN_EXPIRED, RTP_DHAN_TOKEN_REJECTED,
   * RTP_DHAN_TOTP_INVALID, RTP_DHAN_MINT_THROTTLED.
   */
  ensureToken(options?: { readonly minLifeMs?: number; readonly signal?: AbortSignal }): Promise<LiveToken>;
  /** Credentials for the feed; `rejected` names a token the feed has refused, which is then replaced. */
  feedCredentials(rejected?: string): Promise<{ readonly token: string; readonly clientId: string }>;
  /**
   * Closed one-minute candles of the dates asked for, as the broker charts them: stray bars outside the session
   * are the caller's to clip. Empty when the broker has none, which proves nothing (wire §4.6).
   */
  intradayCandles(request: ChartRequest): Promise<Candles>;
  /** Daily candles (`ts` = 00:00 IST of the date); today's is not published before tomorrow. */
  dailyCandles(request: ChartRequest): Promise<Candles>;
  /** Snapshots of at most 1,000 instruments. An instrument that the broker does not know has no row. */
  quotes(
    kind: QuoteKind,
    ids: ReadonlyMap<Segment, readonly string[]>,
    signal?: AbortSignal,
  ): Promise<readonly QuoteRow[]>;
  profile(signal?: AbortSignal): Promise<Profile>;
  /**
   * Asks for one last price, because the profile may say Active while every data call is refused. Once a data call has
   * been refused for the plan, the client itself asks every `broker.no_plan_retry_ms`, and fails all others meanwhile.
   * Errors: RTP_DHAN_NO_DATA_PLAN.
   */
  probeDataPlan(signal?: AbortSignal): Promise<void>;
  /**
   * The day's instruments: NSE cash shares (ES of EQ, BE, BZ), NSE indices, NSE stock futures. Streamed.
   * Errors: RTP_DHAN_SCRIP_MASTER_INVALID, also when it has shrunk against the last one accepted from that address.
   */
  scripMaster(signal?: AbortSignal): Promise<readonly MasterRow[]>;
  /** Chart calls that `priority` may still make today: the rules are those of `callsLeftFor`. */
  chartCallsLeftFor(priority: CallPriority): number;
  /** Keeps so many of the day's chart calls for the sweep that is to come; 0 when it is over. */
  reserveForSweep(calls: number): void;
  readonly stats: DhanStats;
  /** Drops waiting calls, ends calls in flight, writes the day's count. */
  close(): Promise<void>;
}
