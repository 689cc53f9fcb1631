/**
 * The supply and demand zones of one instrument, bar by bar: quiet bars that price has left fast and with volume. The
 * columns and the zones' histories both come from here.
 */
import { DEPARTURE_SIZE, findDeparture, remember } from './departures.ts';
import { growthOver } from './half-life.ts';

const MOST_ZONES = 8;
const HALF_LIFE_BARS = 1875;
const LEAST_SCORE = 2;
const HALF_SCORE = 8;

const MOST_DEPARTURE_ATRS = 6;
const MOST_VOLUME = 4;
const AWAY_ATRS = 0.5;
const BALANCE_ATRS = 3;
/** Half; prices lie on a grid, and exactly half stays so in spite of rounding. */
const LEAST_SHARED = 0.5 - 1e-6;

const GROWTH = growthOver(HALF_LIFE_BARS);

/** 1 demand, -1 supply. Above a demand zone prices are away from it, so with this sign one code serves both. */
type Side = 1 | -1;

// What memory holds: the last bars, then for each side the number of zones, the last bar of the newest base used, and a
// row for each property of the zones, in the order of their birth.
const SUPPLY = DEPARTURE_SIZE;

const COUNT = 0;
const USED = 1;
/** The edge towards price, the one that it comes to first. */
const NEAR = 2;
const FAR = NEAR + MOST_ZONES;
const WEIGHT = FAR + MOST_ZONES;
const TESTS = WEIGHT + MOST_ZONES;
/** 1 once price has been away: the next bar that enters the zone tests it. */
const ARMED = TESTS + MOST_ZONES;
/** Twice the bar of birth, plus 1 for supply. */
const MARK = ARMED + MOST_ZONES;
const ROWS = [NEAR, FAR, WEIGHT, TESTS, ARMED, MARK];
const SIDE_SIZE = MARK + MOST_ZONES;
const DEMAND = SUPPLY + SIDE_SIZE;
export const ZONES_SIZE = DEMAND + SIDE_SIZE;

export type ZoneEvent = 'born' | 'tested' | 'merged' | 'broken' | 'died' | 'absorbed';

/**
 * Hears what happens to zones, with each zone as it is after the event (`died` and `absorbed`: as it was at the end).
 * `absorbed` zones end in the one that is `merged` next.
 */
export type ZoneListener = (
  event: ZoneEvent,
  mark: number,
  near: number,
  far: number,
  score: number,
  tests: number,
) => void;

/**
 * Takes the zones over bar `n`. Puts into `out` low, high, score and tests of the nearest supply zone, those of the
 * nearest demand zone, the side of the zone that the close is in, and the balance of the zones around it.
 */
export function advanceZones(
  memory: Float64Array,
  at: number,
  n: number,
  out: Float64Array,
  open: number,
  high: number,
  low: number,
  close: number,
  atr: number,
  rvol: number,
  tell?: ZoneListener,
): void {
  const phase = n % HALF_LIFE_BARS;
  const growth = GROWTH[phase]!;
  if (phase === 0) {
    halve(memory, at + SUPPLY);
    halve(memory, at + DEMAND);
  }
  remember(memory, at, n, open, high, low, close, atr, rvol);
  review(memory, at + SUPPLY, -1, growth, -high, close, atr, tell);
  review(memory, at + DEMAND, 1, growth, low, close, atr, tell);
  depart(memory, at, n, out, growth, close, atr, tell);
  answer(memory, at + SUPPLY, -1, growth, close, out, 0);
  answer(memory, at + DEMAND, 1, growth, close, out, 4);
  const isReady = atr >= 0 && rvol >= 0;
  out[8] = isReady ? isInside(memory, at + DEMAND, 1, close) - isInside(memory, at + SUPPLY, -1, close) : Number.NaN;
  out[9] = isReady ? balance(memory, at, growth, close, atr) : Number.NaN;
}

/** What is left of the live zones of a side after bar `n`: all else is as their last events told. */
export function readZones(
  memory: Float64Array,
  at: number,
  n: number,
  isSupply: boolean,
): { readonly mark: number; readonly score: number }[] {
  const side = at + (isSupply ? SUPPLY : DEMAND);
  return Array.from({ length: memory[side + COUNT]! }, (_, zone) => ({
    mark: memory[side + MARK + zone]!,
    score: scoreOf(memory[side + WEIGHT + zone]! / GROWTH[n % HALF_LIFE_BARS]!),
  }));
}

function halve(memory: Float64Array, side: number): void {
  for (let zone = 0; zone < memory[side + COUNT]!; zone += 1) memory[side + WEIGHT + zone]! *= 0.5;
}

/** Deaths and tests; `deepest` is how far the bar came towards the zones, with the side's sign. */
function review(
  memory: Float64Array,
  side: number,
  sign: Side,
  growth: number,
  deepest: number,
  close: number,
  atr: number,
  tell: ZoneListener | undefined,
): void {
  for (let zone = 0; zone < memory[side + COUNT]!; ) {
    const near = memory[side + NEAR + zone]!;
    const isBroken = sign * (close - memory[side + FAR + zone]!) < 0;
    if (isBroken && tell !== undefined) report('broken', memory, side, zone, growth, tell);
    if (!isBroken && memory[side + ARMED + zone] === 1 && deepest <= sign * near) {
      memory[side + TESTS + zone]! += 1;
      memory[side + WEIGHT + zone]! *= 0.5;
      memory[side + ARMED + zone] = 0;
      if (tell !== undefined) report('tested', memory, side, zone, growth, tell);
    }
    if (isBroken || scoreOf(memory[side + WEIGHT + zone]! / growth) < LEAST_SCORE) {
      if (tell !== undefined) report('died', memory, side, zone, growth, tell);
      remove(memory, side, zone);
      continue;
    }
    if (sign * (close - near) >= AWAY_ATRS * atr) memory[side + ARMED + zone] = 1;
    zone += 1;
  }
}

/** Makes a zone when this bar's close completes a departure from a base. */
function depart(
  memory: Float64Array,
  at: number,
  n: number,
  found: Float64Array,
  growth: number,
  close: number,
  atr: number,
  tell: ZoneListener | undefined,
): void {
  const sign = findDeparture(
    memory,
    at,
    n,
    close,
    atr,
    memory[at + SUPPLY + USED]!,
    memory[at + DEMAND + USED]!,
    found,
  );
  if (sign === 0) return;
  const side = at + (sign === 1 ? DEMAND : SUPPLY);
  const weight = Math.min(found[2]! / atr, MOST_DEPARTURE_ATRS) * Math.min(found[3]!, MOST_VOLUME) * growth;
  memory[side + USED] = found[4]!;
  addZone(memory, side, sign, 2 * n + (sign === 1 ? 0 : 1), found[0]!, found[1]!, weight, growth, close, atr, tell);
}

/** Adds a zone, united with those of its side that it overlaps; the union goes on under the oldest one's name. */
function addZone(
  memory: Float64Array,
  side: number,
  sign: Side,
  born: number,
  nearEdge: number,
  farEdge: number,
  ownWeight: number,
  growth: number,
  close: number,
  atr: number,
  tell: ZoneListener | undefined,
): void {
  let near = nearEdge;
  let far = farEdge;
  let weight = ownWeight;
  let mark = born;
  for (let zone = overlapping(memory, side, sign, near, far); zone >= 0; ) {
    if (tell !== undefined) report('absorbed', memory, side, zone, growth, tell);
    near = sign * Math.max(sign * near, sign * memory[side + NEAR + zone]!);
    far = sign * Math.min(sign * far, sign * memory[side + FAR + zone]!);
    weight += memory[side + WEIGHT + zone]!;
    mark = Math.min(mark, memory[side + MARK + zone]!);
    remove(memory, side, zone);
    zone = overlapping(memory, side, sign, near, far);
  }
  if (memory[side + COUNT] === MOST_ZONES) {
    const zone = weakest(memory, side);
    if (tell !== undefined) report('died', memory, side, zone, growth, tell);
    remove(memory, side, zone);
  }
  const zone = makeRoom(memory, side, mark);
  memory[side + NEAR + zone] = near;
  memory[side + FAR + zone] = far;
  memory[side + WEIGHT + zone] = weight;
  memory[side + TESTS + zone] = 0;
  memory[side + ARMED + zone] = sign * (close - near) >= AWAY_ATRS * atr ? 1 : 0;
  memory[side + MARK + zone] = mark;
  if (tell !== undefined) report(mark === born ? 'born' : 'merged', memory, side, zone, growth, tell);
}

/** The oldest zone that shares at least half of the thinner one's height with the given edges; -1: none. */
function overlapping(memory: Float64Array, side: number, sign: Side, near: number, far: number): number {
  for (let zone = 0; zone < memory[side + COUNT]!; zone += 1) {
    const otherNear = memory[side + NEAR + zone]!;
    const otherFar = memory[side + FAR + zone]!;
    const shared = Math.min(sign * near, sign * otherNear) - Math.max(sign * far, sign * otherFar);
    const thinner = Math.min(sign * (near - far), sign * (otherNear - otherFar));
    if (shared >= 0 && shared >= LEAST_SHARED * thinner) return zone;
  }
  return -1;
}

/** The oldest of the zones with the least weight. */
function weakest(memory: Float64Array, side: number): number {
  let found = 0;
  for (let zone = 1; zone < memory[side + COUNT]!; zone += 1) {
    if (memory[side + WEIGHT + zone]! < memory[side + WEIGHT + found]!) found = zone;
  }
  return found;
}

function remove(memory: Float64Array, side: number, zone: number): void {
  const count = memory[side + COUNT]!;
  for (const row of ROWS) memory.copyWithin(side + row + zone, side + row + zone + 1, side + row + count);
  memory[side + COUNT] = count - 1;
}

/** Opens a place among the zones of a side, in the order of birth. */
function makeRoom(memory: Float64Array, side: number, mark: number): number {
  const count = memory[side + COUNT]!;
  let zone = count;
  while (zone > 0 && memory[side + MARK + zone - 1]! > mark) zone -= 1;
  for (const row of ROWS) memory.copyWithin(side + row + zone + 1, side + row + zone, side + row + count);
  memory[side + COUNT] = count + 1;
  return zone;
}

/** The zone that is nearest beyond the close, or else the one with the nearest near edge that the close is past. */
function answer(
  memory: Float64Array,
  side: number,
  sign: Side,
  growth: number,
  close: number,
  out: Float64Array,
  slot: number,
): void {
  let found = -1;
  let best = 0;
  for (let zone = 0; zone < memory[side + COUNT]!; zone += 1) {
    const distance = sign * (close - memory[side + NEAR + zone]!);
    const isBetter = distance >= 0 ? best < 0 || distance < best : best < 0 && distance > best;
    if (found < 0 || isBetter) {
      found = zone;
      best = distance;
    }
  }
  if (found < 0) {
    for (let value = slot; value < slot + 4; value += 1) out[value] = Number.NaN;
    return;
  }
  const near = memory[side + NEAR + found]!;
  const far = memory[side + FAR + found]!;
  out[slot] = Math.min(near, far);
  out[slot + 1] = Math.max(near, far);
  out[slot + 2] = scoreOf(memory[side + WEIGHT + found]! / growth);
  out[slot + 3] = memory[side + TESTS + found]!;
}

/** A zone that price is past the far edge of is dead, so that past the near edge means inside. */
function isInside(memory: Float64Array, side: number, sign: Side, close: number): number {
  for (let zone = 0; zone < memory[side + COUNT]!; zone += 1) {
    if (sign * (close - memory[side + NEAR + zone]!) <= 0) return 1;
  }
  return 0;
}

function balance(memory: Float64Array, at: number, growth: number, close: number, atr: number): number {
  const demand = scoreAround(memory, at + DEMAND, 1, growth, close, atr);
  const supply = scoreAround(memory, at + SUPPLY, -1, growth, close, atr);
  return demand + supply > 0 ? (demand - supply) / (demand + supply) : 0;
}

function scoreAround(
  memory: Float64Array,
  side: number,
  sign: Side,
  growth: number,
  close: number,
  atr: number,
): number {
  let total = 0;
  for (let zone = 0; zone < memory[side + COUNT]!; zone += 1) {
    if (sign * (close - memory[side + NEAR + zone]!) > BALANCE_ATRS * atr) continue;
    total += scoreOf(memory[side + WEIGHT + zone]! / growth);
  }
  return total;
}

function report(
  event: ZoneEvent,
  memory: Float64Array,
  side: number,
  zone: number,
  growth: number,
  tell: ZoneListener,
): void {
  const score = scoreOf(memory[side + WEIGHT + zone]! / growth);
  const near = memory[side + NEAR + zone]!;
  tell(event, memory[side + MARK + zone]!, near, memory[side + FAR + zone]!, score, memory[side + TESTS + zone]!);
}

/** 0..100. */
function scoreOf(weight: number): number {
  return (100 * weight) / (weight + HALF_SCORE);
}
