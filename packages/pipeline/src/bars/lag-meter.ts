const BUCKET_MS = 100;
const BUCKETS = 600;

/**
 * The feed's own lag, exchange time to receipt, as a p95 over the two latest windows. Trade times have whole seconds,
 * so a lag reads up to a second too long, never too short.
 */
export class LagMeter {
  private current = new Uint32Array(BUCKETS);
  private previous = new Uint32Array(BUCKETS);
  private samples = 0;
  private previousSamples = 0;

  add(lagMs: number): void {
    const bucket = Math.min(Math.max(Math.floor(lagMs / BUCKET_MS), 0), BUCKETS - 1);
    this.current[bucket] = (this.current[bucket] as number) + 1;
    this.samples += 1;
  }

  /** Starts a new window; the one before is kept beside it. */
  rotate(): void {
    [this.previous, this.current] = [this.current, this.previous];
    this.current.fill(0);
    this.previousSamples = this.samples;
    this.samples = 0;
  }

  /** Market ms, or null before the first sample. */
  p95(): number | null {
    const total = this.samples + this.previousSamples;
    if (total === 0) return null;
    const wanted = Math.ceil(total * 0.95);
    let seen = 0;
    for (let bucket = 0; bucket < BUCKETS; bucket += 1) {
      seen += (this.current[bucket] as number) + (this.previous[bucket] as number);
      if (seen >= wanted) return (bucket + 1) * BUCKET_MS;
    }
    return BUCKETS * BUCKET_MS;
  }
}
