/** Conditions that the owner must know of, by name, from their beginning to their end. */
import { type AlertKind, type ChildContext, type EpochMs, type Logger, type MarketClock, wallClockMs } from '@rtp/core';
import type { Gauges } from './gauges.ts';

export interface Concern {
  /** What is so, for status and log. */
  readonly text: string;
  readonly kind: AlertKind;
  /** What the owner does about it. */
  readonly fix: string;
  /** Market time that it must last before an alert is raised, where it may mend by itself. */
  readonly afterMs?: number;
}

export interface ConcernsOptions {
  readonly clock: MarketClock;
  readonly logger: Logger;
  readonly gauges: Gauges;
  readonly raise: ChildContext['raise'];
  /** Market time after an alert within which no other of its kind is raised. */
  readonly againMs: number;
}

/**
 * One name:
 *
 *   absent ──set──▶ standing ──it has lasted `afterMs`──▶ raised ──another kind──▶ standing
 *      ◀──────────────set(null)──────────────┴──────────────┘
 */
export class Concerns {
  private readonly options: ConcernsOptions;
  private readonly standing = new Map<string, { concern: Concern; since: EpochMs; isRaised: boolean }>();
  private readonly raisedAt = new Map<AlertKind, EpochMs>();

  constructor(options: ConcernsOptions) {
    this.options = options;
  }

  /** What is so at present under a name; null: nothing. */
  set(name: string, concern: Concern | null): void {
    const { gauges, logger, clock } = this.options;
    const before = this.standing.get(name);
    gauges.setDegraded(name, concern?.text ?? '');
    if (concern === null) {
      if (before !== undefined) logger.info(`no longer so: ${before.concern.text}`);
      this.standing.delete(name);
      return;
    }
    if (before === undefined) logger.warn(concern.text);
    const isSame = before?.concern.kind === concern.kind;
    const entry = isSame ? { ...before, concern } : { concern, since: clock.now(), isRaised: false };
    this.standing.set(name, entry);
    if (!entry.isRaised) entry.isRaised = this.raise(concern, entry.since);
  }

  /** Whether nothing remains to be raised of it. */
  private raise({ kind, text, fix, afterMs = 0 }: Concern, since: EpochMs): boolean {
    const { clock, againMs, raise } = this.options;
    const now = clock.now();
    if (now - since < afterMs) return false;
    const last = this.raisedAt.get(kind);
    if (last !== undefined && now - last < againMs) return false;
    this.raisedAt.set(kind, now);
    raise({
      kind,
      at: wallClockMs(),
      component: 'pipeline',
      summary: text,
      fix,
      lastExit: null,
      stderr: [],
      deaths: {},
    });
    return true;
  }
}
