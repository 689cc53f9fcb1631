import { describe, expect, test } from '@jest/globals';
import { roundPaise, roundToTick } from '@rtp/dhan';
import fc from 'fast-check';

describe('feed prices', () => {
  test('a 32-bit float comes back as the paise it stood for', () => {
    expect(Math.fround(993.4)).not.toBe(993.4);
    expect(roundPaise(Math.fround(993.4))).toBe(993.4);
  });

  test('every paise price below 131,072 rupees survives the float', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 13_107_199 }), (paise) => {
        expect(roundPaise(Math.fround(paise / 100))).toBe(paise / 100);
        expect(roundToTick(Math.fround(paise / 100), 500)).toBe(paise / 100);
      }),
    );
  });

  test('from 131,072 rupees on the tick decides', () => {
    const price = 152_345.35;
    expect(roundPaise(Math.fround(price))).not.toBe(price);
    expect(roundToTick(Math.fround(price), 5)).toBe(price);
    fc.assert(
      fc.property(fc.integer({ min: 2_622_000, max: 4_000_000 }), (ticks) => {
        expect(roundToTick(Math.fround((ticks * 5) / 100), 5)).toBe((ticks * 5) / 100);
      }),
    );
  });

  test('without a usable tick paise are all there is', () => {
    expect(roundToTick(150_000.125, 0)).toBe(150_000.13);
  });
});
