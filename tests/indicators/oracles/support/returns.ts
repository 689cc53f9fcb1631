import type { Series } from '../../support/series.ts';
import { ago, combine } from './arrays.ts';
import type { Values } from './oracle.ts';
import { closes } from './prices.ts';

/** ln(a/b); 0 where one of the two is not above 0. */
export const logRatios = (a: Values, b: Values): Values =>
  combine(a, b, (one, other) => {
    if (Number.isNaN(one + other)) return Number.NaN;
    return one <= 0 || other <= 0 ? 0 : Math.log(one / other);
  });

/** From the close before; none on bar 0. */
export const logReturns = (bars: Series): Values => logRatios(closes(bars), ago(closes(bars), 1));
