/** Volume profile of the session so far: at which prices its volume was traded. */
import { high, kernel, low, open, type Region, tick, volume } from '../graph/node.ts';
import { sessionStart } from '../graph/session.ts';
import type { ColumnSpec } from '../registry/define.ts';
import { typical } from './transforms.ts';

const BINS = 1_024;
/** The bin around the session's open. */
const MIDDLE = BINS / 2;
/** Width of a bin, as a share of the session's open. */
const WIDTH = 0.0005;
const AREA = 0.7;
/** Quotients this close to the next whole number count as it, and volumes this close, as shares of all, as equal. */
const QUOTIENT_SLACK = 1e-9;
const VOLUME_SLACK = 1e-12;

/** Places of the region before the bins. */
const OPEN = 0;
const BIN_WIDTH = 1;
const TOTAL = 2;
const FULLEST = 3;
/** The outermost bins with volume. */
const LOWEST = 4;
const HIGHEST = 5;
const HEADER = 6;

const profile: Region = {
  size: HEADER + BINS,
  run(memory, at, _n, out, start, openPrice, highPrice, lowPrice, typicalPrice, barVolume, tickSize) {
    if (start === 1) begin(memory, at, openPrice!, tickSize!);
    if (barVolume! > 0) add(memory, at, lowPrice!, highPrice!, barVolume!);
    if (memory[at + TOTAL]! > 0) answer(memory, at, out);
    else out.fill(typicalPrice!, 0, 3);
  },
};

function begin(memory: Float64Array, at: number, openPrice: number, tickSize: number): void {
  memory.fill(0, at, at + HEADER + BINS);
  const share = WIDTH * openPrice;
  const ticks = Math.floor(share / tickSize + 0.5 + QUOTIENT_SLACK);
  memory[at + OPEN] = openPrice;
  memory[at + BIN_WIDTH] = tickSize > 0 ? Math.max(1, ticks) * tickSize : share;
  memory[at + FULLEST] = MIDDLE;
  memory[at + LOWEST] = BINS;
  memory[at + HIGHEST] = -1;
}

function binOf(memory: Float64Array, at: number, price: number): number {
  const steps = (price - memory[at + OPEN]!) / memory[at + BIN_WIDTH]!;
  return Math.max(0, Math.min(BINS - 1, Math.floor(steps + 0.5 + QUOTIENT_SLACK) + MIDDLE));
}

function add(memory: Float64Array, at: number, lowPrice: number, highPrice: number, barVolume: number): void {
  const from = binOf(memory, at, lowPrice);
  const to = binOf(memory, at, highPrice);
  const share = barVolume / (to - from + 1);
  const bins = at + HEADER;
  for (let bin = from; bin <= to; bin += 1) memory[bins + bin]! += share;
  memory[at + TOTAL]! += barVolume;
  if (from < memory[at + LOWEST]!) memory[at + LOWEST] = from;
  if (to > memory[at + HIGHEST]!) memory[at + HIGHEST] = to;
  // Only a bin that has grown can have become the fullest.
  const slack = VOLUME_SLACK * memory[at + TOTAL]!;
  let fullest = memory[at + FULLEST]!;
  for (let bin = from; bin <= to; bin += 1) {
    const more = memory[bins + bin]! - memory[bins + fullest]!;
    if (more > slack || (more >= -slack && isNearer(bin, fullest))) fullest = bin;
  }
  memory[at + FULLEST] = fullest;
}

function isNearer(bin: number, than: number): boolean {
  const distance = Math.abs(bin - MIDDLE);
  const other = Math.abs(than - MIDDLE);
  return distance < other || (distance === other && bin > than);
}

function answer(memory: Float64Array, at: number, out: Float64Array): void {
  const bins = at + HEADER;
  const total = memory[at + TOTAL]!;
  const fullest = memory[at + FULLEST]!;
  const lowest = memory[at + LOWEST]!;
  const highest = memory[at + HIGHEST]!;
  const slack = VOLUME_SLACK * total;
  const enough = AREA * total - slack;
  let bottom = fullest;
  let top = fullest;
  let area = memory[bins + fullest]!;
  while (area < enough) {
    if (bottom === lowest && top === highest) break;
    const above = top < highest ? memory[bins + top + 1]! : -1;
    const below = bottom > lowest ? memory[bins + bottom - 1]! : -1;
    if (above >= 0 && above >= below - slack) {
      top += 1;
      area += above;
    } else {
      bottom -= 1;
      area += below;
    }
  }
  const openPrice = memory[at + OPEN]!;
  const width = memory[at + BIN_WIDTH]!;
  out[0] = openPrice + (fullest - MIDDLE) * width;
  out[1] = openPrice + (top - MIDDLE) * width;
  out[2] = openPrice + (bottom - MIDDLE) * width;
}

const { poc, vah, val } = kernel({
  name: 'volumeProfile',
  inputs: { start: sessionStart, o: open, h: high, l: low, tp: typical, v: volume, tick },
  outputs: { poc: 0, vah: 0, val: 0 },
  region: profile,
});

const PROFILE =
  'Profile of the session so far: w = tick max(1, 0.0005 (session open)/tick rounded to a whole number, halves up) ' +
  '(without a tick size: 0.0005 session open); price p lies in bin floor((p - session open)/w + 0.5), and in -512 or ' +
  '511 where that is beyond; the centre of bin k is session open + k w. Before a whole part or a half is taken, ' +
  "1e-9 is added to the quotient, so that its last digits do not decide. A bar's volume is divided equally among the " +
  "bins from its low's to its high's, both included. Volumes that differ by at most 1e-12 of the session's are equal. " +
  'While the session has no volume: typical price of the bar. ';

const VALUE_AREA =
  'Value area: starts as the poc bin; while it holds less than 70 % of the volume, the next bin above or below, ' +
  'whichever has more (equal ones: above), is added; never one beyond the lowest and highest bins with volume. ';

const POC = 'poc: centre of the bin with most volume; of equal ones the nearest to the session open, then the upper';

function column(of: ColumnSpec['node'], meaning: string, formula: string): ColumnSpec {
  return { node: of, unit: 'price', parameters: { width: WIDTH, area: AREA }, meaning, formula, origin: 'own' };
}

export const sessionProfile: Readonly<Record<string, ColumnSpec>> = {
  poc: column(poc, 'Point of control: the price with the most volume of the session', `${PROFILE}${POC}`),
  vah: column(
    vah,
    'Top of the value area, which holds 70 % of the session volume',
    `${PROFILE}${POC}. ${VALUE_AREA}vah: centre of its highest bin`,
  ),
  val: column(
    val,
    'Bottom of the value area, which holds 70 % of the session volume',
    `${PROFILE}${POC}. ${VALUE_AREA}val: centre of its lowest bin`,
  ),
};
