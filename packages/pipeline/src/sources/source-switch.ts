/**
 * Chooses the live source of one group: the best that is up, with hysteresis.
 *
 *   on X ──X is down──▶ on the best that is up, or on none
 *     └──a better one has been up for its `recoveryMs`──▶ on the better one
 */
import type { EpochMs, PipelineReport } from '@rtp/core';
import type { LiveSource } from './live-source.ts';

export class SourceSwitch {
  current: PipelineReport['source'] = 'none';
  /** Since when. */
  since: EpochMs;
  /** Why the best source is not the current one; empty while it is. */
  reason = '';
  private readonly sources: readonly LiveSource[];
  private readonly upSince: (EpochMs | null)[];

  /** `sources` best first. */
  constructor(sources: readonly LiveSource[], now: EpochMs) {
    this.sources = sources;
    this.since = now;
    this.upSince = sources.map(() => null);
  }

  /** How many sources would be better than the current one. */
  get rank(): number {
    const position = this.sources.findIndex(({ name }) => name === this.current);
    return position < 0 ? this.sources.length : position;
  }

  /** Looks at every source. Returns whether the current one has changed. */
  look(now: EpochMs): boolean {
    const health = this.sources.map((source) => source.health(now));
    for (const [position, { isUp }] of health.entries()) {
      this.upSince[position] = isUp ? (this.upSince[position] ?? now) : null;
    }
    const held = this.rank;
    const isHeld = held < this.sources.length && this.upSince[held] !== null;
    const chosen = this.sources.findIndex(({ recoveryMs }, position) => {
      const since = this.upSince[position] ?? null;
      if (since === null) return false;
      return !isHeld || position === held || (position < held && now - since >= recoveryMs);
    });
    const next = this.sources[chosen]?.name ?? 'none';
    const [best] = this.sources;
    this.reason = chosen === 0 ? '' : health[0]?.reason || `${best?.name} is back, waiting for it to last`;
    if (next === this.current) return false;
    this.current = next;
    this.since = now;
    return true;
  }
}
