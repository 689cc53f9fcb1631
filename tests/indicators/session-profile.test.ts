/** Ties in the volume profile of a session: decided by the rules of the columns, not by rounding. */
import { describe, expect, it } from '@jest/globals';
import { seriesOf } from './support/bursts.ts';
import { inBulk } from './support/three-ways.ts';

type Bar = readonly [open: number, high: number, low: number, close: number, volume: number];

/** At 100 rupees and a tick of 0.05 a bin is a tick. */
const OPENING: Bar = [100, 100, 100, 100, 0];
const at = (price: number, volume: number): Bar => [price, price, price, price, volume];

function profileOf(bars: readonly Bar[]): { poc: number; vah: number; val: number } {
  const columns = inBulk(['poc', 'vah', 'val'], seriesOf([OPENING, ...bars]));
  const last = (name: string): number => Number(columns.get(name)!.at(-1)!.toFixed(6));
  return { poc: last('poc'), vah: last('vah'), val: last('val') };
}

describe('the point of control', () => {
  it('is the one nearest to the open, whatever rounding has left of equal volumes', () => {
    const tenths: Bar[] = Array.from({ length: 10 }, () => [100.05, 100.5, 100.05, 100.5, 1]);
    expect(profileOf([...tenths, at(99.75, 1)]).poc).toBe(100.05);
  });

  it('is the upper one of two at the same distance from the open', () => {
    expect(profileOf([at(99.8, 7), at(100.2, 7)]).poc).toBe(100.2);
  });

  it('is where most volume is, near or far', () => {
    expect(profileOf([at(99.8, 8), at(100.2, 7), at(100, 6)]).poc).toBe(99.8);
  });
});

describe('the value area', () => {
  it('grows upwards first where both sides have the same volume', () => {
    const bars = [at(100, 40), at(100.05, 30), at(99.95, 30)];
    expect(profileOf(bars)).toEqual({ poc: 100, vah: 100.05, val: 100 });
  });

  it('grows through empty bins, and ends once it holds 70 % of the volume', () => {
    const bars = [at(100, 50), at(99.9, 25), at(100.15, 25)];
    expect(profileOf(bars)).toEqual({ poc: 100, vah: 100.15, val: 100 });
  });
});
