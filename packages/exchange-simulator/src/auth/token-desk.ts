import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { type EpochMs, type MarketClock, MINUTE_MS } from '@rtp/core';
import { z } from 'zod';
import { SIMULATOR_CREDENTIALS } from '../credentials.ts';
import { signToken } from './jwt.ts';
import { TOTP_STEP_MS, totpCode, totpStep } from './totp.ts';

/** Life of a token, and market time between two mints. */
export const TOKEN_LIFE_MS = 86_400_000;
export const MINT_THROTTLE_MS = 2 * MINUTE_MS;
/** Steps before the current one whose code is still taken, and real time that a request may be on its way. */
const TOLERATED_STEPS = 1;
const TRANSPORT_MS = 1_000;

/** A minted token and when it ends. */
export interface MintedToken {
  readonly token: string;
  readonly expiresAt: EpochMs;
}

/** What the broker says of a mint that comes too soon. */
export const MINTED_TOO_SOON = 'Token can be generated once every 2 minutes.';

const memorySchema = z.strictObject({
  token: z.string(),
  mintedAt: z.int(),
  lastStep: z.int(),
  isVoid: z.boolean().default(false),
});

/** Why a token is not accepted. */
export type TokenVerdict = 'valid' | 'missing' | 'expired' | 'invalid';

/**
 * The broker's token office: one live token for its one client; a mint ends the token before it.
 *
 *   none ──mint──▶ live ──mint (120 s later at the earliest)──▶ live, the earlier one invalid
 *                    ├──24 h of market time──▶ expired
 *                    └──invalidate()──▶ void until the next mint, which keeps its distance all the same
 *
 * The live token is remembered in a file, so that a restarted broker still knows it.
 */
export class TokenDesk {
  private readonly clock: MarketClock;
  private readonly memoryFile: string | undefined;
  private readonly key = randomBytes(32);
  private readonly listeners: (() => void)[] = [];
  private live: (MintedToken & { readonly mintedAt: EpochMs }) | undefined;
  private isVoid = false;
  private lastStep = Number.NEGATIVE_INFINITY;

  constructor(clock: MarketClock, memoryFile?: string) {
    this.clock = clock;
    this.memoryFile = memoryFile;
    this.remember();
  }

  /** Calls `run` whenever a mint ends an earlier live token. */
  onReplaced(run: () => void): void {
    this.listeners.push(run);
  }

  /** Mints a token, or says why not, in the broker's words. */
  mint(clientId: string, pin: string, totp: string): MintedToken | { readonly refusal: string } {
    const now = this.clock.now();
    if (clientId !== SIMULATOR_CREDENTIALS.clientId) return { refusal: 'Invalid Client Id' };
    if (pin !== SIMULATOR_CREDENTIALS.pin) return { refusal: 'Invalid Pin' };
    if (!this.consumeTotp(totp, now)) return { refusal: 'Invalid TOTP' };
    const since = this.live === undefined ? Number.POSITIVE_INFINITY : now - this.live.mintedAt;
    // A negative time since: the market was set back to an earlier hour, on which nothing was minted yet.
    if (since >= 0 && since < MINT_THROTTLE_MS) return { refusal: MINTED_TOO_SOON };
    const wasLive = this.live !== undefined;
    const iat = Math.floor(now / 1_000);
    const exp = iat + TOKEN_LIFE_MS / 1_000;
    const token = signToken(
      { iss: 'dhan', partnerId: '', exp, iat, tokenConsumerType: 'APP', userRegion: '', dhanClientId: clientId },
      this.key,
    );
    this.live = { token, mintedAt: now, expiresAt: exp * 1_000 };
    this.isVoid = false;
    this.save();
    if (wasLive) for (const run of this.listeners) run();
    return this.live;
  }

  /** Ends the live token, as the broker sometimes does by itself (wire §2.1). False when there is none. */
  invalidate(): boolean {
    if (this.live === undefined || this.isVoid) return false;
    this.isVoid = true;
    this.save();
    return true;
  }

  /** Whether the token is the live one. `clientId` is checked where the call carries one. */
  check(token: string | null | undefined, clientId?: string | null): TokenVerdict {
    if (!token) return 'missing';
    if (this.live === undefined || this.isVoid || token !== this.live.token) return 'invalid';
    if (clientId !== undefined && clientId !== SIMULATOR_CREDENTIALS.clientId) return 'invalid';
    return this.clock.now() < this.live.expiresAt ? 'valid' : 'expired';
  }

  /** When the live token ends; undefined without one. */
  get expiresAt(): EpochMs | undefined {
    return this.live?.expiresAt;
  }

  /** A code is good for its own step and the one before, once; a fast market gets the time of a real second on top. */
  private consumeTotp(code: string, now: EpochMs): boolean {
    const current = totpStep(now);
    const tolerated = TOLERATED_STEPS + Math.ceil((TRANSPORT_MS * (this.clock.speed - 1)) / TOTP_STEP_MS);
    if (this.lastStep > current) this.lastStep = Number.NEGATIVE_INFINITY;
    for (let step = current; step >= current - tolerated && step > this.lastStep; step -= 1) {
      if (totpCode(SIMULATOR_CREDENTIALS.totpSecret, step) !== code) continue;
      this.lastStep = step;
      return true;
    }
    return false;
  }

  private remember(): void {
    if (this.memoryFile === undefined || !existsSync(this.memoryFile)) return;
    try {
      const { token, mintedAt, lastStep, isVoid } = memorySchema.parse(
        JSON.parse(readFileSync(this.memoryFile, 'utf8')),
      );
      const expiresAt = Math.floor(mintedAt / 1_000) * 1_000 + TOKEN_LIFE_MS;
      this.live = { token, mintedAt, expiresAt };
      this.lastStep = lastStep;
      this.isVoid = isVoid;
    } catch {
      // Torn by a crash: the client mints again, as it would at any broker that lost its session.
    }
  }

  private save(): void {
    if (this.memoryFile === undefined || this.live === undefined) return;
    const { token, mintedAt } = this.live;
    const temporary = `${this.memoryFile}.new`;
    writeFileSync(temporary, JSON.stringify({ token, mintedAt, lastStep: this.lastStep, isVoid: this.isVoid }), {
      mode: 0o600,
    });
    renameSync(temporary, this.memoryFile);
  }
}
