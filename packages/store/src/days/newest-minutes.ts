/**
 * The newest minute stored for each instrument of a day. A row beyond it cannot meet an older one, so it needs no
 * look-up: that is every row of a live minute and of a first backfill.
 */
export class NewestMinutes {
  private readonly minutes = new Map<number, number>();

  /** Epoch ms, or minus infinity when nothing is stored. */
  of(instrumentId: number): number {
    return this.minutes.get(instrumentId) ?? Number.NEGATIVE_INFINITY;
  }

  advance(instrumentId: number, ts: number): void {
    if (ts > this.of(instrumentId)) this.minutes.set(instrumentId, ts);
  }

  /** Takes over what another one knows. */
  merge(other: NewestMinutes): void {
    for (const [instrumentId, ts] of other.minutes) this.advance(instrumentId, ts);
  }
}
