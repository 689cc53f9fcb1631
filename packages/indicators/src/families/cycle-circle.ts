/**
 * Sines and cosines round the circle, to 1e-32, as good C libraries have them: JavaScript's own are off by the last bit
 * now and then, and on prices that do not move nothing but last bits is left of the phase's sums.
 */

const circles: (Float64Array | undefined)[] = [];

/** Sine, then cosine, of each of k/period of a turn, 0 <= k < period. */
export function circle(period: number): Float64Array {
  return circles[period] ?? makeCircle(period);
}

function makeCircle(period: number): Float64Array {
  const made = new Float64Array(2 * period);
  for (let k = 0; k < period; k += 1) {
    const angle = (k * (Math.atan(1) * 8)) / period;
    made[2 * k] = series(angle, 1);
    made[2 * k + 1] = series(angle, 0);
  }
  circles[period] = made;
  return made;
}

/**
 * Taylor's series: cosine from the term of power 0, sine from that of power 1. Terms and sum are pairs of numbers, the
 * second what the first lacks (Dekker 1971).
 */
function series(angle: number, power: 0 | 1): number {
  let term = power === 0 ? 1 : angle;
  let termRest = 0;
  let sum = term;
  let sumRest = 0;
  for (let n = power + 1; Math.abs(term) > 1e-36; n += 2) {
    for (const divisor of [n, n + 1]) {
      const product = term * angle;
      const quotient = product / divisor;
      const rest = productRest(term, angle, product) + termRest * angle;
      const lack = product - quotient * divisor - productRest(quotient, divisor, quotient * divisor) + rest;
      term = quotient + lack / divisor;
      termRest = quotient - term + lack / divisor;
    }
    term = -term;
    termRest = -termRest;
    const next = sum + term;
    const share = next - sum;
    sumRest += sum - (next - share) + (term - share) + termRest;
    sum = next;
  }
  return sum + sumRest;
}

/** What `product`, the rounded a * b, lacks of the exact one. */
function productRest(a: number, b: number, product: number): number {
  const [aHigh, aLow] = halves(a);
  const [bHigh, bLow] = halves(b);
  return aHigh * bHigh - product + aHigh * bLow + aLow * bHigh + aLow * bLow;
}

function halves(x: number): readonly [number, number] {
  const scaled = 134_217_729 * x;
  const high = scaled - (scaled - x);
  return [high, x - high];
}
