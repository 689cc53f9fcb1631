/**
 * Chooses the live source: the best that is up, with hysteresis.
 *
 *   on X ──X is down──▶ on the best that is up, or on none
 *     └──a better one has been up for `recoveryMs`──▶ on the better one
 */
import type { EpochMs, PipelineReport } from '@rtp/core';
import type { LiveSource } from './live-source.ts';

export class SourceSwitch {
  current: PipelineReport['source'] = 'none';
  /** Why the best source is not the current one; empty while it is. */
  reason = '';
  private readonly sources: readonly LiveSource[];
  private readonly recoveryMs: number;
  private readonly upSince: (EpochMs | null)[];

  /** `sources` best first. */
  constructor(sources: readonly LiveSource[], recoveryMs: number) {
    this.sources = sources;
    this.recoveryMs = recoveryMs;
    this.upSince = sources.map(() => null);
  }

  /** Looks at every source. Returns whether the current one has changed. */
  look(now: EpochMs): boolean {
    const health = this.sources.map((source) => source.health(now));
    for (const [position, { isUp }] of health.entries()) {
      this.upSince[position] = isUp ? (this.upSince[position] ?? now) : null;
    }
    const held = this.sources.findIndex((source) => source.name === this.current);
    const isHeld = held >= 0 && this.upSince[held] !== null;
    const better = this.upSince.findIndex((since, position) => {
      if (since === null || since === undefined) return false;
      return !isHeld || position === held || (position < held && now - since >= this.recoveryMs);
    });
    const next = this.sources[better]?.name ?? 'none';
    this.reason =
      better === 0 ? '' : (health[0]?.reason ?? '') || `${this.sources[0]?.name} is back, waiting for it to last`;
    const hasChanged = next !== this.current;
    this.current = next;
    return hasChanged;
  }
}
