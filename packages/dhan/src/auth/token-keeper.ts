import type { EpochMs, Logger, MarketClock, RtpError } from '@rtp/core';
import type { DhanCredentials, LiveToken } from '../client/client-contract.ts';
import { dhanErrors } from '../errors.ts';
import { failureKindOf } from '../wire/failure-kind.ts';
import { orAborted } from '../wire/or-aborted.ts';
import { readToken } from './jwt.ts';
import { readTokenFile, type TokenRecord, writeTokenFile } from './token-file.ts';
import { nextTotpWindow, totpAt } from './totp.ts';

/** Mints tried before giving up on a broker that throttles. */
const MINT_ATTEMPTS = 3;

export interface TokenKeeperOptions {
  readonly credentials: DhanCredentials;
  readonly clock: MarketClock;
  readonly logger: Logger;
  readonly file: string;
  /** Market time between two mints. */
  readonly spacingMs: number;
  /** The broker's clock less ours, as far as is known. */
  readonly skewMs: () => number;
  /** Asks the broker for a token with a TOTP code. */
  readonly mint: (totp: string) => Promise<string>;
  /** Told every token and credential, so that logs can hide them. */
  readonly onSecret: (secret: string) => void;
}

/**
 * Holds the one live token of the client id (wire §2).
 *
 *   none ──file or given token usable──▶ live ──expired or refused──▶ renewing ──minted──▶ live
 *     └────────────nothing usable──────────────────────────────────▶ renewing ──refused──▶ none
 *
 * Renewing is one flight for all callers. It waits until `spacingMs` after the last mint that may have counted,
 * which the file remembers over restarts: the mint is recorded before it is asked for. A mint that the broker
 * throttles is waited for and repeated; a refused TOTP code is repeated once in the next window. What the broker has
 * refused for good is not asked again before `spacingMs` have passed, lest it lock the account. A refused token is never
 * offered again where another can be minted; one that was given is all there is, and is tried again after `spacingMs`: refusals
 * that pass have been seen (wire §2.1).
 */
export class TokenKeeper {
  private readonly options: TokenKeeperOptions;
  private readonly given: LiveToken | null;
  /** Refused tokens, and until when they are not offered. */
  private readonly refused = new Map<string, EpochMs>();
  private readonly closing = new AbortController();
  private record: TokenRecord;
  private renewal: Promise<LiveToken> | undefined;
  /** The last mint's refusal, with which callers are answered for a while. */
  private refusal: { readonly error: unknown; readonly until: EpochMs } | null = null;

  constructor(options: TokenKeeperOptions) {
    this.options = options;
    const { credentials, onSecret } = options;
    for (const secret of [credentials.apiToken, credentials.pin, credentials.totpSecret]) {
      if (secret !== undefined && secret !== '') onSecret(secret);
    }
    this.given = givenToken(credentials);
    this.record = this.readFile();
  }

  /** Expiry of the token in use; null when there is none. */
  get expiresAt(): EpochMs | null {
    return this.best()?.expiresAt ?? null;
  }

  /** A token that lives `minLifeMs` longer, or the live one if no better can be had. Errors: see `DhanClient.ensureToken`. */
  async current(minLifeMs = 0, signal?: AbortSignal): Promise<LiveToken> {
    const best = this.best() ?? this.bestAfterReading();
    if (best !== null && best.expiresAt - this.options.clock.now() >= minLifeMs) return best;
    if (best !== null && !this.canMint) return best;
    try {
      return await this.renew(signal);
    } catch (error) {
      signal?.throwIfAborted();
      const still = this.best();
      if (still === null) throw error;
      this.options.logger.warn('the token could not be renewed; the old one stays in use', { error: String(error) });
      return still;
    }
  }

  /** Another token than `rejected`, which the broker has refused. Errors: as `current`. */
  async replace(rejected: string, signal?: AbortSignal): Promise<LiveToken> {
    const { clock, spacingMs } = this.options;
    this.refused.set(rejected, this.canMint ? Number.POSITIVE_INFINITY : clock.now() + spacingMs);
    return this.bestAfterReading() ?? (await this.renew(signal));
  }

  close(): void {
    this.closing.abort(dhanErrors.create('RTP_DHAN_CLOSED', 'The broker client was closed.'));
  }

  /** Whether there are credentials to mint a token with. */
  get canMint(): boolean {
    const { pin, totpSecret } = this.options.credentials;
    return Boolean(pin) && Boolean(totpSecret);
  }

  private best(): LiveToken | null {
    const { token, expiresAt } = this.record;
    const stored = token === null || expiresAt === null ? null : { token, expiresAt };
    const now = this.options.clock.now();
    let best: LiveToken | null = null;
    for (const candidate of [stored, this.given]) {
      if (candidate === null || candidate.expiresAt <= now || this.isRefused(candidate.token)) continue;
      if (best === null || candidate.expiresAt > best.expiresAt) best = candidate;
    }
    return best;
  }

  private isRefused(token: string): boolean {
    return this.options.clock.now() < (this.refused.get(token) ?? Number.NEGATIVE_INFINITY);
  }

  /** Another program of the same owner may have minted meanwhile. */
  private bestAfterReading(): LiveToken | null {
    this.record = this.readFile();
    return this.best();
  }

  private readFile(): TokenRecord {
    const { file, credentials, clock, onSecret } = this.options;
    const record = readTokenFile(file, credentials.clientId, clock.now());
    if (record?.token != null) onSecret(record.token);
    return record ?? { clientId: credentials.clientId, token: null, expiresAt: null, mintedAt: null };
  }

  private renew(signal?: AbortSignal): Promise<LiveToken> {
    if (!this.canMint) return Promise.reject(this.cannotMint());
    if (this.refusal !== null && this.options.clock.now() < this.refusal.until)
      return Promise.reject(this.refusal.error);
    this.renewal ??= this.mintLoop().finally(() => {
      this.renewal = undefined;
    });
    return orAborted(this.renewal, signal);
  }

  private async mintLoop(): Promise<LiveToken> {
    const { clock, spacingMs, credentials, skewMs } = this.options;
    const waits = { signal: this.closing.signal };
    let totpRefused = false;
    for (let attempt = 1; ; attempt += 1) {
      const earliest = (this.record.mintedAt ?? Number.NEGATIVE_INFINITY) + spacingMs;
      if (clock.now() < earliest) await clock.sleepUntil(earliest, waits);
      // A code by the broker's clock, once it has refused one by ours.
      const codeAt = clock.now() + (totpRefused ? skewMs() : 0);
      const code = await totpAt(credentials.totpSecret ?? '', codeAt);
      const before = this.record;
      this.store({ ...before, mintedAt: clock.now() });
      try {
        return this.accept(await this.options.mint(code));
      } catch (error) {
        const kind = failureKindOf(error);
        const isRefusal = kind === 'totp_invalid' || kind === 'auth';
        if (isRefusal) this.store(before);
        if (kind === 'totp_invalid' && !totpRefused) {
          totpRefused = true;
          await clock.sleepUntil(nextTotpWindow(clock.now()), waits);
        } else if (kind !== 'mint_throttled' || attempt >= MINT_ATTEMPTS) {
          this.refusal = isRefusal ? { error, until: clock.now() + spacingMs } : null;
          throw error;
        } else {
          this.options.logger.warn('the broker throttles token minting; waiting', { spacingMs });
        }
      }
    }
  }

  private accept(token: string): LiveToken {
    const { clock, credentials, logger, onSecret } = this.options;
    onSecret(token);
    const { expiresAt } = readToken(token);
    const mintedAt = clock.now();
    if (expiresAt <= mintedAt) {
      throw dhanErrors.create('RTP_DHAN_MALFORMED', 'The broker minted a token that has already expired.', {
        fix: 'Check the clock of this machine.',
      });
    }
    this.store({ clientId: credentials.clientId, token, expiresAt, mintedAt });
    logger.info('token minted', { expiresAt });
    return { token, expiresAt };
  }

  private store(record: TokenRecord): void {
    this.record = record;
    writeTokenFile(this.options.file, record);
  }

  private cannotMint(): RtpError {
    if (this.given === null) {
      return dhanErrors.create(
        'RTP_DHAN_CREDENTIALS_MISSING',
        'DHAN_API_TOKEN is not set, nor DHAN_PIN with DHAN_TOTP_SECRET.',
      );
    }
    if (this.isRefused(this.given.token)) {
      return dhanErrors.create('RTP_DHAN_TOKEN_REJECTED', 'The broker does not accept DHAN_API_TOKEN.');
    }
    return dhanErrors.create('RTP_DHAN_TOKEN_EXPIRED', 'DHAN_API_TOKEN has expired.');
  }
}

/** The given token, checked. Errors: RTP_DHAN_CREDENTIALS_MISSING, RTP_DHAN_TOKEN_REJECTED. */
function givenToken({ clientId, apiToken }: DhanCredentials): LiveToken | null {
  if (clientId === '') throw dhanErrors.create('RTP_DHAN_CREDENTIALS_MISSING', 'DHAN_CLIENT_ID is not set.');
  if (apiToken === undefined || apiToken === '') return null;
  try {
    const claims = readToken(apiToken);
    if (claims.clientId !== null && claims.clientId !== clientId) {
      throw dhanErrors.create(
        'RTP_DHAN_TOKEN_REJECTED',
        'DHAN_API_TOKEN belongs to another client id than DHAN_CLIENT_ID.',
      );
    }
    return { token: apiToken, expiresAt: claims.expiresAt };
  } catch (error) {
    if (failureKindOf(error) !== 'malformed') throw error;
    throw dhanErrors.create('RTP_DHAN_TOKEN_REJECTED', 'DHAN_API_TOKEN is not an access token of DhanHQ.');
  }
}
