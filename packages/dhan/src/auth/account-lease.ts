import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import {
  describeError,
  type EpochMs,
  identityOf,
  isAlive,
  istTimeOf,
  type Logger,
  realDelay,
  tradingDateOf,
  wallClockMs,
} from '@rtp/core';
import { z } from 'zod';
import { dhanErrors } from '../errors.ts';
import { orAborted } from '../wire/or-aborted.ts';
import { readPrivateJson, writePrivateJson } from '../wire/private-file.ts';

const claimSchema = z
  .object({
    pid: z.int(),
    startToken: z.string(),
    bootId: z.string(),
    dataDir: z.string(),
    /** Wall clock. */
    since: z.int(),
  })
  .readonly();
type Claim = z.infer<typeof claimSchema>;

export interface AccountLeaseOptions {
  /** Shared by all systems of the user on this machine. */
  readonly stateDir: string;
  /** Whose account: the server that mints its tokens, and the client id. */
  readonly authUrl: string;
  readonly clientId: string;
  /** What others are told of us. */
  readonly dataDir: string;
  /** Real time between two looks at a lease that another holds. */
  readonly retryMs: number;
  readonly logger: Logger;
}

/** Tells several leases of one process apart. */
let claimsMade = 0;

/**
 * The right to use a broker account from this machine: a token minted by one system ends the other's, and both share
 * the account's limits (wire §2.1, wire §6.1).
 *
 *   free ──acquire──▶ claiming ──no other living claim──▶ held ──release──▶ released
 *                       ▲   └──somebody else's──▶ waiting ──retryMs, at random──┐
 *                       └───────────────────────────────────────────────────────┘
 *
 * A claim is a file of its own, named after account, process and start token. Whoever wants the lease
 * writes his claim first and looks for others afterwards, so that of two who do both at the same moment at least one
 * sees the other: there are never two holders, and rivals step back and try again. The claim of a process that is gone,
 * whose number may have been given to another one, counts for nothing and is removed. Where the folder cannot be
 * written nobody is kept from working.
 */
export class AccountLease {
  /** Who holds the account instead of us; null while we hold it or it is free. */
  heldBy: string | null = null;
  private readonly options: AccountLeaseOptions;
  private readonly folder: string;
  private readonly account: string;
  private readonly name: string;
  private readonly claim: Claim;
  private readonly closing = new AbortController();
  private taking: Promise<void> | undefined;
  private isHeld = false;

  constructor(options: AccountLeaseOptions) {
    const { stateDir, authUrl, clientId, dataDir } = options;
    const self = identityOf(process.pid);
    const startToken = self?.startToken ?? '';
    this.account = createHash('sha256')
      .update(`${new URL(authUrl).host}\n${clientId}`)
      .digest('hex')
      .slice(0, 32);
    claimsMade += 1;
    this.options = options;
    this.folder = join(stateDir, 'leases');
    this.name = `${this.account}-${process.pid}-${startToken}-${claimsMade}.json`;
    this.claim = { pid: process.pid, startToken, bootId: self?.bootId ?? '', dataDir, since: wallClockMs() };
  }

  /** Waits until the account is ours. Errors: RTP_DHAN_CLOSED, the signal's reason. */
  async acquire(signal?: AbortSignal): Promise<void> {
    if (this.isHeld) return;
    this.taking ??= this.take();
    await orAborted(this.taking, signal);
  }

  release(): void {
    this.closing.abort(dhanErrors.create('RTP_DHAN_CLOSED', 'The broker client was closed.'));
    this.isHeld = false;
    this.withdraw();
  }

  private async take(): Promise<void> {
    const { logger, retryMs } = this.options;
    for (;;) {
      this.closing.signal.throwIfAborted();
      let other: Claim | null;
      try {
        other = this.tryToClaim();
      } catch (error) {
        logger.warn('the account cannot be kept from other systems of this machine', { error: describeError(error) });
        other = null;
      }
      if (other === null) break;
      const holder = nameOf(other);
      if (holder !== this.heldBy) logger.error('another system uses the account: waiting for it', { holder });
      this.heldBy = holder;
      await realDelay(retryMs * (0.5 + Math.random() / 2), this.closing.signal);
    }
    if (this.heldBy !== null) logger.info('the account is free again');
    this.heldBy = null;
    this.isHeld = true;
  }

  /** The claim that stands against ours; null when the lease is ours. */
  private tryToClaim(): Claim | null {
    const holder = this.othersClaim();
    if (holder !== null) return holder;
    writePrivateJson(join(this.folder, this.name), this.claim);
    const rival = this.othersClaim();
    if (rival !== null) this.withdraw();
    return rival;
  }

  private withdraw(): void {
    try {
      rmSync(join(this.folder, this.name), { force: true });
    } catch {
      // A folder that could not be written holds no claim of ours.
    }
  }

  /** A living claim on the account but our own. Dead ones, of any account, are removed. */
  private othersClaim(): Claim | null {
    let found: Claim | null = null;
    mkdirSync(this.folder, { recursive: true, mode: 0o700 });
    for (const name of readdirSync(this.folder)) {
      if (name === this.name || !name.endsWith('.json')) continue;
      const file = join(this.folder, name);
      const parsed = claimSchema.safeParse(readPrivateJson(file));
      if (!parsed.success || !isAlive(parsed.data)) rmSync(file, { force: true });
      else if (name.startsWith(this.account)) found ??= parsed.data;
    }
    return found;
  }
}

function nameOf({ pid, dataDir, since }: Claim): string {
  return `pid ${pid}, data directory ${dataDir}, since ${timeOf(since)}`;
}

const timeOf = (instant: EpochMs): string => `${tradingDateOf(instant)} ${istTimeOf(instant).slice(0, 5)} IST`;
