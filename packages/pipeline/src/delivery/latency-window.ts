/** Percentiles over the last `size` measurements. */
export class LatencyWindow {
  private readonly values: Float64Array;
  private count = 0;

  constructor(size: number) {
    this.values = new Float64Array(size);
  }

  add(value: number): void {
    this.values[this.count % this.values.length] = value;
    this.count += 1;
  }

  /** `quantile` from 0 to 1; null before the first measurement. */
  percentile(quantile: number): number | null {
    const size = Math.min(this.count, this.values.length);
    if (size === 0) return null;
    const sorted = this.values.slice(0, size).sort();
    return sorted[Math.min(size - 1, Math.ceil(quantile * size) - 1)] ?? null;
  }
}
