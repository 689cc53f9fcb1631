/**
 * The levels of one instrument, bar by bar: made by swings, strengthened by touches, weakened by breaks and time. The
 * columns and the levels' histories both come from here.
 */
import { growthOver } from './half-life.ts';
import { SWING_SPAN } from './swings.ts';

const MOST_LEVELS = 24;
const HALF_LIFE_BARS = 750;
const LEAST_WEIGHT = 0.1;
const TOUCH_WAIT_BARS = 5;
const HALF_STRENGTH_WEIGHT = 3;
/** Prices lie on a grid: what is exactly in reach stays so in spite of rounding. */
const TIE = 1 + 1e-9;

const GROWTH = growthOver(HALF_LIFE_BARS);

// What memory holds: the number of levels, then a row for each of their properties, levels in the order of their birth.
const PRICE = 1;
const WEIGHT = PRICE + MOST_LEVELS;
const TOUCHES = WEIGHT + MOST_LEVELS;
const LAST_TOUCH = TOUCHES + MOST_LEVELS;
/** Twice the bar of birth, plus 1 for a level that a swing low made. */
const MARK = LAST_TOUCH + MOST_LEVELS;
/** 1 while the level holds prices down, -1 while it holds them up. */
const ROLE = MARK + MOST_LEVELS;
const ROWS = [PRICE, WEIGHT, TOUCHES, LAST_TOUCH, MARK, ROLE];
export const LEVELS_SIZE = ROLE + MOST_LEVELS;

export type LevelEvent = 'born' | 'touched' | 'merged' | 'broken' | 'died';

/** Hears what happens to levels, with each level as it is after the event (`died`: as it was at the end). */
export type LevelListener = (event: LevelEvent, mark: number, price: number, strength: number, touches: number) => void;

/**
 * Takes the levels over bar `n`. Puts the three nearest prices above the close, the three nearest at or below it, and
 * their strengths in the same order into `out`.
 */
export function advanceLevels(
  memory: Float64Array,
  at: number,
  n: number,
  out: Float64Array,
  high: number,
  low: number,
  close: number,
  closeBefore: number,
  tick: number,
  atr: number,
  rvol: number,
  swingHigh: number,
  swingHighAge: number,
  swingLow: number,
  swingLowAge: number,
  swingVolume: number,
  tell?: LevelListener,
): void {
  const growth = growthAt(memory, at, n);
  const reach = Math.max(0.25 * atr, 0.0005 * close, 2 * tick) * TIE;
  const touchWeight = 0.5 * bounded(rvol) * growth;
  for (let level = 0; level < memory[at]!; ) {
    const price = memory[at + PRICE + level]!;
    if (memory[at + WEIGHT + level]! < LEAST_WEIGHT * growth) {
      drop(memory, at, level, growth, tell);
      continue;
    }
    const role = memory[at + ROLE + level]!;
    if (role * (close - price) > reach && role * (closeBefore - price) > reach) {
      memory[at + ROLE + level] = -role;
      memory[at + WEIGHT + level]! *= 0.5;
      if (tell !== undefined) report('broken', memory, at, level, growth, tell);
      if (memory[at + WEIGHT + level]! < LEAST_WEIGHT * growth) {
        drop(memory, at, level, growth, tell);
        continue;
      }
    } else if (
      low <= price + reach &&
      high >= price - reach &&
      closeBefore >= price === close >= price &&
      n - memory[at + LAST_TOUCH + level]! >= TOUCH_WAIT_BARS
    ) {
      memory[at + WEIGHT + level]! += touchWeight;
      memory[at + TOUCHES + level]! += 1;
      memory[at + LAST_TOUCH + level] = n;
      if (tell !== undefined) report('touched', memory, at, level, growth, tell);
    }
    level += 1;
  }
  if (swingHighAge === SWING_SPAN) addSwing(memory, at, n, 0, swingHigh, bounded(swingVolume), reach, close, tell);
  if (swingLowAge === SWING_SPAN) addSwing(memory, at, n, 1, swingLow, bounded(swingVolume), reach, close, tell);
  answer(memory, at, growth, close, out);
}

/** What is left of the live levels after bar `n`: all else is as their last events told. */
export function readLevels(
  memory: Float64Array,
  at: number,
  n: number,
): { readonly mark: number; readonly strength: number }[] {
  return Array.from({ length: memory[at]! }, (_, level) => ({
    mark: memory[at + MARK + level]!,
    strength: strengthOf(memory[at + WEIGHT + level]! / GROWTH[n % HALF_LIFE_BARS]!),
  }));
}

/** What weights of bar `n` are multiplied by; halves what is kept where a new period starts. */
function growthAt(memory: Float64Array, at: number, n: number): number {
  const phase = n % HALF_LIFE_BARS;
  if (phase === 0) for (let level = 0; level < memory[at]!; level += 1) memory[at + WEIGHT + level]! *= 0.5;
  return GROWTH[phase]!;
}

function addSwing(
  memory: Float64Array,
  at: number,
  n: number,
  kind: 0 | 1,
  price: number,
  weight: number,
  reach: number,
  close: number,
  tell: LevelListener | undefined,
): void {
  const growth = GROWTH[n % HALF_LIFE_BARS]!;
  const added = weight * growth;
  const level = nearest(memory, at, price, reach);
  if (level >= 0) {
    const kept = memory[at + WEIGHT + level]!;
    const old = memory[at + PRICE + level]!;
    memory[at + PRICE + level] = old + (price - old) * (added / (kept + added));
    memory[at + WEIGHT + level] = kept + added;
    memory[at + TOUCHES + level]! += 1;
    if (tell !== undefined) report('merged', memory, at, level, growth, tell);
    return;
  }
  if (memory[at] === MOST_LEVELS) drop(memory, at, weakest(memory, at), growth, tell);
  const last = memory[at]!;
  memory[at] = last + 1;
  memory[at + PRICE + last] = price;
  memory[at + WEIGHT + last] = added;
  memory[at + TOUCHES + last] = 1;
  memory[at + LAST_TOUCH + last] = n - SWING_SPAN;
  memory[at + MARK + last] = 2 * n + kind;
  memory[at + ROLE + last] = price > close ? 1 : -1;
  if (tell !== undefined) report('born', memory, at, last, growth, tell);
}

/** The level nearest to a price, no farther than `reach`, the oldest of equally near ones; -1: none. */
function nearest(memory: Float64Array, at: number, price: number, reach: number): number {
  let found = -1;
  let least = reach;
  for (let level = 0; level < memory[at]!; level += 1) {
    const distance = Math.abs(memory[at + PRICE + level]! - price);
    if (distance < least || (found < 0 && distance === least)) {
      found = level;
      least = distance;
    }
  }
  return found;
}

/** The oldest of the levels with the least weight. */
function weakest(memory: Float64Array, at: number): number {
  let found = 0;
  for (let level = 1; level < memory[at]!; level += 1) {
    if (memory[at + WEIGHT + level]! < memory[at + WEIGHT + found]!) found = level;
  }
  return found;
}

function drop(memory: Float64Array, at: number, level: number, growth: number, tell: LevelListener | undefined): void {
  if (tell !== undefined) report('died', memory, at, level, growth, tell);
  const count = memory[at]!;
  for (const row of ROWS) memory.copyWithin(at + row + level, at + row + level + 1, at + row + count);
  memory[at] = count - 1;
}

function answer(memory: Float64Array, at: number, growth: number, close: number, out: Float64Array): void {
  for (let slot = 0; slot < 12; slot += 1) out[slot] = Number.NaN;
  const count = memory[at]!;
  for (let level = 0; level < count; level += 1) {
    const price = memory[at + PRICE + level]!;
    const side = price > close ? 1 : -1;
    const first = side === 1 ? 0 : 3;
    let slot = first + 2;
    if (side * out[slot]! <= side * price) continue;
    while (slot > first && !(side * out[slot - 1]! <= side * price)) {
      out[slot] = out[slot - 1]!;
      out[slot + 6] = out[slot + 5]!;
      slot -= 1;
    }
    out[slot] = price;
    out[slot + 6] = memory[at + WEIGHT + level]!;
  }
  for (let slot = 6; slot < 12; slot += 1) out[slot] = strengthOf(out[slot]! / growth);
}

function report(
  event: LevelEvent,
  memory: Float64Array,
  at: number,
  level: number,
  growth: number,
  tell: LevelListener,
): void {
  const strength = strengthOf(memory[at + WEIGHT + level]! / growth);
  tell(event, memory[at + MARK + level]!, memory[at + PRICE + level]!, strength, memory[at + TOUCHES + level]!);
}

/** 0..100. */
function strengthOf(weight: number): number {
  return (100 * weight) / (weight + HALF_STRENGTH_WEIGHT);
}

/** The weight of a bar's relative volume. */
function bounded(rvol: number): number {
  return Math.max(0.25, Math.min(rvol, 4));
}
