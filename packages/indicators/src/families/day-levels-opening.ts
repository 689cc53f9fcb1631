/** The range of a session's first minutes. */
import { calc, close } from '../graph/node.ts';
import { openingRange } from '../graph/session.ts';
import type { ColumnSpec } from '../registry/define.ts';

const first15 = openingRange(15);
const first30 = openingRange(30);

const there = (minutes: number): string =>
  `there from the bar of minute ${minutes - 1} of the session (counted from 0) or the first bar after it, to the ` +
  `session's last bar; none where the first ${minutes} minutes have no bar`;

function range(node: ColumnSpec['node'], end: 'max high' | 'min low', minutes: number): ColumnSpec {
  return {
    node,
    parameters: { minutes },
    unit: 'price',
    meaning: `${end === 'max high' ? 'Highest' : 'Lowest'} price of the first ${minutes} minutes of the session`,
    formula:
      `${end} of the session's bars with minute of session < ${minutes} (minutes of trading since the exchange's ` +
      `opening, bar or none, breaks left out); ${there(minutes)}`,
    origin: 'own',
    storage: 'minute',
  };
}

export const openingRanges: Readonly<Record<string, ColumnSpec>> = {
  or15_high: range(first15.high, 'max high', 15),
  or15_low: range(first15.low, 'min low', 15),
  or30_high: range(first30.high, 'max high', 30),
  or30_low: range(first30.low, 'min low', 30),
  or15_break: {
    node: calc('$c > $h ? 1 : $c < $l ? -1 : 0', { c: close, h: first15.high, l: first15.low }),
    parameters: { minutes: 15 },
    unit: 'flag',
    meaning: 'Side on which the close is outside the 15-minute opening range: 1 above, -1 below, 0 inside',
    formula: `1 where close > or15_high, -1 where close < or15_low, else 0; ${there(15)}`,
    origin: 'own',
    storage: 'minute',
  },
};
