/** Taken once: where modules run in a sandbox, as under Jest, each look-up of a global costs more than the arithmetic. */
const { cos, floor, imul, log, sqrt } = Math;

/** A 32-bit hash of text (FNV-1a): stable across machines and versions, the root of every seed. */
export function hashText(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) {
    hash = imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  return hash >>> 0;
}

/** Spreads two 32-bit seeds into one. */
export function mixSeeds(a: number, b: number): number {
  let mixed = imul(a ^ imul(b, 0x9e3779b1), 0x85ebca6b);
  mixed = imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}

/** A small seeded generator (mulberry32): the same seed gives the same numbers everywhere. */
export class Random {
  private state: number;

  constructor(seed: number) {
    this.state = seed | 0;
  }

  /** Starts another sequence. */
  reseed(seed: number): void {
    this.state = seed | 0;
  }

  /** Uniform in [0, 1). */
  next(): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let t = imul(this.state ^ (this.state >>> 15), 1 | this.state);
    t = (t + imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  }

  /** A whole number in [0, limit). */
  below(limit: number): number {
    return floor(this.next() * limit);
  }

  /** Exponential with mean 1, never 0. */
  exponential(): number {
    return -log(1 - this.next() * 0.999_999) + 1e-9;
  }

  /** Standard normal (Box-Muller, one of the pair). */
  normal(): number {
    return sqrt(-2 * log(1 - this.next())) * cos(2 * Math.PI * this.next());
  }
}
