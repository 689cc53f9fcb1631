/** Departures of the price from a few quiet bars, looked for among the last bars of one instrument. */

const LONGEST_BASE = 5;
const LONGEST_DEPARTURE = 3;
const QUIET_ATRS = 0.6;
const LEAST_DISTANCE_ATRS = 2;
const LEAST_VOLUME = 1.5;

// A ring of the last bars: a row for each of their properties.
const RING = LONGEST_BASE + LONGEST_DEPARTURE;
const QUIET = 0;
const HIGH = QUIET + RING;
const LOW = HIGH + RING;
const BODY_HIGH = LOW + RING;
const BODY_LOW = BODY_HIGH + RING;
const VOLUME = BODY_LOW + RING;
export const DEPARTURE_SIZE = VOLUME + RING;

export function remember(
  memory: Float64Array,
  at: number,
  n: number,
  open: number,
  high: number,
  low: number,
  close: number,
  atr: number,
  rvol: number,
): void {
  const slot = at + (n % RING);
  memory[slot + QUIET] = high - low <= QUIET_ATRS * atr ? 1 : 0;
  memory[slot + HIGH] = high;
  memory[slot + LOW] = low;
  memory[slot + BODY_HIGH] = Math.max(open, close);
  memory[slot + BODY_LOW] = Math.min(open, close);
  memory[slot + VOLUME] = rvol;
}

/**
 * Whether bar `n`, the last one remembered, completes a departure: 1 upwards, -1 downwards, 0 not. Bases that end no
 * later than `usedDown` or `usedUp` are spent. Puts into `found` the base's edge towards price and the far one, the
 * distance, the mean relative volume, and the base's last bar.
 */
export function findDeparture(
  memory: Float64Array,
  at: number,
  n: number,
  close: number,
  atr: number,
  usedDown: number,
  usedUp: number,
  found: Float64Array,
): 1 | -1 | 0 {
  let volume = 0;
  for (let bars = 1; bars <= LONGEST_DEPARTURE; bars += 1) {
    volume += memory[at + VOLUME + ((n - bars + 1) % RING)]!;
    const last = n - bars;
    if (last < 0 || memory[at + QUIET + (last % RING)] !== 1 || !(volume >= LEAST_VOLUME * bars)) continue;
    let high = Number.NEGATIVE_INFINITY;
    let low = Number.POSITIVE_INFINITY;
    let bodyHigh = high;
    let bodyLow = low;
    for (let bar = last; bar > last - LONGEST_BASE && bar >= 0; bar -= 1) {
      const slot = at + (bar % RING);
      if (memory[slot + QUIET] !== 1) break;
      high = Math.max(high, memory[slot + HIGH]!);
      low = Math.min(low, memory[slot + LOW]!);
      bodyHigh = Math.max(bodyHigh, memory[slot + BODY_HIGH]!);
      bodyLow = Math.min(bodyLow, memory[slot + BODY_LOW]!);
    }
    const isUp = close > high;
    const distance = isUp ? close - high : low - close;
    if (!(distance > 0 && distance >= LEAST_DISTANCE_ATRS * atr) || last <= (isUp ? usedUp : usedDown)) continue;
    found[0] = isUp ? bodyHigh : bodyLow;
    found[1] = isUp ? low : high;
    found[2] = distance;
    found[3] = volume / bars;
    found[4] = last;
    return isUp ? 1 : -1;
  }
  return 0;
}
