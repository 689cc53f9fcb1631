import type { StoreReport } from '@rtp/core';

/** Samples percentiles are taken over. */
const WINDOW = 400;

/** The newest samples of a duration, and their percentiles. */
class Durations {
  private readonly samples = new Float64Array(WINDOW);
  private count = 0;

  add(ms: number): void {
    this.samples[this.count % WINDOW] = ms;
    this.count += 1;
  }

  percentile(share: number): number | null {
    const length = Math.min(this.count, WINDOW);
    if (length === 0) return null;
    const sorted = this.samples.slice(0, length).sort();
    return sorted[Math.min(length - 1, Math.floor(length * share))] as number;
  }
}

/** What the store counts about itself. */
export class StoreMetrics {
  readonly commit = new Durations();
  readonly publish = new Durations();
  lastCommitSeq = 0;
  lastPublishedSeq = 0;
  commits = 0;
  duplicates = 0;
  errors = 0;
  /** Named condition in which the store goes on with less, by what causes it; empty when all is well. */
  private readonly troubles = new Map<string, string>();

  setTrouble(cause: 'commit' | 'publish' | 'seal' | 'indicators', name: string | null): void {
    if (name === null) this.troubles.delete(cause);
    else this.troubles.set(cause, name);
  }

  report(openDates: readonly string[], dataApiUrl: string): StoreReport {
    return {
      lastCommitSeq: this.lastCommitSeq,
      lastPublishedSeq: this.lastPublishedSeq,
      commits: this.commits,
      duplicates: this.duplicates,
      openDates: [...openDates],
      commitP50Ms: this.commit.percentile(0.5),
      commitP99Ms: this.commit.percentile(0.99),
      publishP50Ms: this.publish.percentile(0.5),
      publishP99Ms: this.publish.percentile(0.99),
      dataApiUrl,
      errors: this.errors,
      degraded: [...new Set(this.troubles.values())].join(', '),
    };
  }
}
