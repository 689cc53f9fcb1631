/** Candlestick patterns of one bar. */
import { calc, type Node } from '../graph/node.ts';
import type { ColumnSpec } from '../registry/define.ts';
import {
  DOJI,
  has,
  LONG,
  LONG_LOWER,
  LONG_UPPER,
  NO_LOWER,
  NO_UPPER,
  SHORT,
  SOME_LOWER,
  SOME_UPPER,
  shape,
  WHITE,
} from './candles-shape.ts';

const pattern = (expression: string): Node => calc(expression, { s: shape });
const colour = `($s & ${WHITE} ? 100 : -100)`;

export const singleCandles: Record<string, ColumnSpec> = {
  cdl_doji: {
    node: pattern(`$s & ${DOJI} ? 100 : 0`),
    unit: 'flag',
    meaning: 'Doji: open and close about equal',
    formula: '100: body <= 0.1 x mean range of the 10 bars before; else 0',
    origin: 'TA-Lib',
    talib: 'CDLDOJI',
    storage: 'minute',
  },
  cdl_dragonflydoji: {
    node: pattern(`${has('$s', DOJI | NO_UPPER | SOME_LOWER)} ? 100 : 0`),
    unit: 'flag',
    meaning: 'Dragonfly doji: open and close at the high',
    formula:
      '100: with t = 0.1 x mean range of the 10 bars before, body <= t, upper shadow < t, lower shadow > t; else 0',
    origin: 'TA-Lib',
    talib: 'CDLDRAGONFLYDOJI',
  },
  cdl_gravestonedoji: {
    node: pattern(`${has('$s', DOJI | NO_LOWER | SOME_UPPER)} ? 100 : 0`),
    unit: 'flag',
    meaning: 'Gravestone doji: open and close at the low',
    formula:
      '100: with t = 0.1 x mean range of the 10 bars before, body <= t, lower shadow < t, upper shadow > t; else 0',
    origin: 'TA-Lib',
    talib: 'CDLGRAVESTONEDOJI',
  },
  cdl_longleggeddoji: {
    node: pattern(`$s & ${DOJI} && $s & ${LONG_LOWER | LONG_UPPER} ? 100 : 0`),
    unit: 'flag',
    meaning: 'Long-legged doji: a doji with a long shadow',
    formula:
      '100: body <= 0.1 x mean range of the 10 bars before, and the upper or the lower shadow > own body; else 0',
    origin: 'TA-Lib',
    talib: 'CDLLONGLEGGEDDOJI',
  },
  cdl_marubozu: {
    node: pattern(`${has('$s', LONG | NO_UPPER | NO_LOWER)} ? ${colour} : 0`),
    unit: 'flag',
    meaning: 'Marubozu: a long body without shadows',
    formula:
      '100 white (close >= open), -100 black: body > mean body of the 10 bars before, both shadows < 0.1 x mean range ' +
      'of the 10 bars before; else 0',
    origin: 'TA-Lib',
    talib: 'CDLMARUBOZU',
  },
  cdl_spinningtop: {
    node: pattern(`${has('$s', SHORT | LONG_UPPER | LONG_LOWER)} ? ${colour} : 0`),
    unit: 'flag',
    meaning: 'Spinning top: a short body between longer shadows',
    formula:
      '100 white (close >= open), -100 black: body < mean body of the 10 bars before, both shadows > own body; else 0',
    origin: 'TA-Lib',
    talib: 'CDLSPINNINGTOP',
  },
  cdl_belthold: {
    node: pattern(`$s & ${LONG} && $s & ($s & ${WHITE} ? ${NO_LOWER} : ${NO_UPPER}) ? ${colour} : 0`),
    unit: 'flag',
    meaning: 'Belt hold: a long body that opened at its extreme',
    formula:
      'with t = 0.1 x mean range of the 10 bars before and body > mean body of the 10 bars before: 100 white ' +
      '(close >= open) with lower shadow < t, -100 black with upper shadow < t; else 0',
    origin: 'TA-Lib',
    talib: 'CDLBELTHOLD',
  },
};
