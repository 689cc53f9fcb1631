/**
 * Has the indicators of every sealed date proved, once a generation of its seal.
 *
 *   looking ──a sealed date without a proof of its generation──▶ waiting ──the delay is over──▶ proving ──▶ looking
 *      ▲                                                            └── it was proved meanwhile ────────────┘
 *      └── again at every interval; never in a session or shortly before one
 *
 * What is proved is in files, so that a restart finds what was missed. A proof that came to no end is tried again after a
 * while; one that failed stands until the date's next generation, or until somebody proves the date by hand.
 */
import {
  describeError,
  type EpochMs,
  type Logger,
  type MarketClock,
  type ProofFile,
  type ProofReport,
  type SessionCalendar,
  type TradingDate,
} from '@rtp/core';
import type { SealReceipt, StoreClient } from '@rtp/store-client';

export interface ProofTimes {
  readonly intervalMs: number;
  readonly intervalFloorMs: number;
  readonly delayMs: number;
  readonly delayFloorMs: number;
  readonly marginMs: number;
  readonly retryMs: number;
  readonly days: number;
}

export interface ProofWatchOptions {
  readonly clock: MarketClock;
  readonly calendar: SessionCalendar;
  readonly logger: Logger;
  readonly store: Pick<StoreClient, 'dates' | 'receipt'>;
  readonly times: ProofTimes;
  readonly kept: (date: TradingDate) => ProofFile | null;
  /** Proves a date and keeps the result; returns why it came to none, or null. */
  readonly prove: (date: TradingDate, signal: AbortSignal) => Promise<string | null>;
}

type Seal = Pick<SealReceipt, 'date' | 'generation' | 'bars'>;

export class ProofWatch {
  private readonly options: ProofWatchOptions;
  private readonly tried = new Map<string, { readonly at: EpochMs; readonly why: string }>();
  private readonly failed = new Map<TradingDate, string>();
  private newest: ProofReport | null = null;

  constructor(options: ProofWatchOptions) {
    this.options = options;
  }

  /** Of the newest sealed date. */
  report(): ProofReport | null {
    return this.newest;
  }

  /** Dates that are not right, or whose proof comes to no end; empty when there is none. */
  get degraded(): string {
    return [...this.failed].map(([date, why]) => `indicators of ${date} are not proved: ${why}`).join('; ');
  }

  /** Looks and proves until the signal; never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, logger, times } = this.options;
    while (!signal.aborted) {
      try {
        await this.look(signal);
      } catch (error) {
        if (signal.aborted) return;
        logger.debug('sealed dates could not be looked at', { error: describeError(error) });
      }
      await clock.sleep(times.intervalMs, { signal, floorMs: times.intervalFloorMs }).catch(() => {});
    }
  }

  private async look(signal: AbortSignal): Promise<void> {
    const { clock, times } = this.options;
    const owed = await this.owed();
    if (owed.length === 0 || !this.isQuiet()) return;
    await clock.sleep(times.delayMs, { signal, floorMs: times.delayFloorMs });
    for (const seal of await this.owed()) {
      if (!this.isQuiet() || signal.aborted) return;
      await this.prove(seal, signal);
    }
    await this.owed();
  }

  private async prove({ date, generation }: Seal, signal: AbortSignal): Promise<void> {
    const { clock, logger, kept, prove } = this.options;
    if (this.newest?.date === date) this.newest = { ...this.newest, state: 'running', summary: 'is being proved' };
    logger.info('indicators of a sealed date are being proved', { date, generation });
    const why = await prove(date, signal);
    if (signal.aborted) return;
    const proof = kept(date);
    if (proof !== null && proof.generation >= generation) {
      const level = proof.verdict === 'proved' ? 'info' : 'error';
      logger[level]('indicators of a sealed date', {
        date,
        generation,
        verdict: proof.verdict,
        summary: proof.summary,
      });
      return;
    }
    const reason = why ?? 'the proof was of another generation';
    this.tried.set(keyOf({ date, generation }), { at: clock.now(), why: reason });
    logger.error('a proof came to no end', { date, generation, why: reason });
  }

  /** Sealed dates that are to be proved now, the earliest first; takes note of how all of them stand. */
  private async owed(): Promise<readonly Seal[]> {
    const { store, times, kept, clock } = this.options;
    const sealed = (await store.dates()).filter(({ state }) => state === 'sealed').slice(-times.days);
    const receipts = await Promise.all(sealed.map(({ date }) => store.receipt(date)));
    // A date without bars has nothing to prove.
    const seals = receipts.filter((receipt) => receipt !== null && receipt.bars > 0) as readonly Seal[];
    this.failed.clear();
    const owed: Seal[] = [];
    for (const seal of seals) {
      const proof = kept(seal.date);
      const isDone = proof !== null && proof.generation >= seal.generation;
      const tried = this.tried.get(keyOf(seal));
      if (isDone && proof.verdict === 'failed') this.failed.set(seal.date, proof.summary);
      if (!isDone && tried !== undefined) this.failed.set(seal.date, tried.why);
      if (!isDone && (tried === undefined || clock.now() - tried.at >= times.retryMs)) owed.push(seal);
      this.newest = isDone
        ? { date: seal.date, generation: seal.generation, state: proof.verdict, summary: proof.summary }
        : { date: seal.date, generation: seal.generation, state: 'waiting', summary: tried?.why ?? 'not proved yet' };
    }
    return owed;
  }

  /** No session runs, and none begins soon. */
  private isQuiet(): boolean {
    const { clock, calendar, times } = this.options;
    const now = clock.now();
    const { phase } = calendar.sessionAt(now);
    if (phase === 'open' || phase === 'between_windows') return false;
    const next = calendar.nextOpen(now);
    return next === null || next - now > times.marginMs;
  }
}

const keyOf = ({ date, generation }: Pick<Seal, 'date' | 'generation'>): string => `${date}/${generation}`;
