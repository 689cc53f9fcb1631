/**
 * A count that a process keeps since its start, added up over its restarts: what it rose by, and from nothing where
 * another process reports it or where it has fallen.
 */
export class RisingCount {
  private owner: number | null = null;
  private last = 0;
  private sum = 0;
  private isKnown = false;

  /** Where it stood before what is added up. */
  startAt(owner: number | null, value: number | null): void {
    if (value === null) return;
    this.owner = owner;
    this.last = value;
  }

  /** Takes in a reading; returns what it rose by. */
  read(owner: number | null, value: number | null): number {
    if (value === null) return 0;
    const isSame = this.owner === owner && value >= this.last;
    const rise = isSame ? value - this.last : value;
    this.owner = owner;
    this.last = value;
    this.sum += rise;
    this.isKnown = true;
    return rise;
  }

  /** Null when nothing was read. */
  get total(): number | null {
    return this.isKnown ? this.sum : null;
  }
}
