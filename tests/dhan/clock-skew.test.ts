import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { ClockSkew } from '../../packages/dhan/src/wire/clock-skew.ts';

const SLOWEST_MS = 2_000;
const START = 1_795_149_900_000;

/** Lets the broker, whose clock is `skewMs` ahead of ours, answer at an instant of ours. */
function answer(skew: ClockSkew, skewMs: number, at: number, thereMs = 40, backMs = 40): void {
  // The header drops the fraction of the second.
  skew.observe(new Date(Math.floor((at + skewMs) / 1_000) * 1_000).toUTCString(), at - thereMs, at + backMs);
}

describe("the broker's clock less ours", () => {
  test('is unknown before the first answer, and where an answer says nothing', () => {
    const skew = new ClockSkew(SLOWEST_MS);
    skew.observe('', START, START + 10);
    skew.observe('yesterday', START, START + 10);
    answer(skew, 5_000, START, 1_001, 1_000);
    expect(skew.estimateMs).toBeNull();
  });

  test('is known within a tenth of a second after some answers at different moments of a second', () => {
    const offsets = fc.integer({ min: -86_400_000, max: 86_400_000 });
    const ways = fc.array(fc.tuple(fc.integer({ min: 0, max: 60 }), fc.integer({ min: 0, max: 60 })), {
      minLength: 20,
      maxLength: 40,
    });
    fc.assert(
      fc.property(offsets, ways, (skewMs, trips) => {
        const skew = new ClockSkew(SLOWEST_MS);
        trips.forEach(([there, back], n) => {
          answer(skew, skewMs, START + n * 1_053, there, back);
        });
        expect(Math.abs((skew.estimateMs ?? Number.NaN) - skewMs)).toBeLessThan(100);
      }),
    );
  });

  test('is never further off than half of what one answer leaves open', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: -9_000, max: 9_000 }),
        fc.nat(900),
        fc.nat(900),
        fc.nat(999),
        (at, there, back, fraction) => {
          const skew = new ClockSkew(SLOWEST_MS);
          answer(skew, at, START + fraction, there, back);
          expect(Math.abs((skew.estimateMs ?? Number.NaN) - at)).toBeLessThanOrEqual((1_000 + there + back) / 2 + 1);
        },
      ),
    );
  });

  test('follows a clock that is set', () => {
    const skew = new ClockSkew(SLOWEST_MS);
    for (let n = 0; n < 30; n += 1) answer(skew, 0, START + n * 1_053);
    for (let n = 30; n < 50; n += 1) answer(skew, -7_000, START + n * 1_053);
    expect(Math.abs((skew.estimateMs ?? Number.NaN) + 7_000)).toBeLessThan(100);
  });
});
