import { mean, sum } from './arrays.ts';
import type { Values } from './oracle.ts';

/** The line of least squares through values at 0, 1, 2 ...: its value at 0 and its slope. */
export function regressionLine(values: Values): { readonly start: number; readonly slope: number } {
  const middleX = (values.length - 1) / 2;
  const middle = mean(values);
  const distances = values.map((_, x) => x - middleX);
  const slope =
    sum(values.map((value, x) => distances[x]! * (value - middle))) / sum(distances.map((distance) => distance ** 2));
  return { start: middle - slope * middleX, slope };
}
