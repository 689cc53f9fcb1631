/** Candlestick patterns by TA-Lib's rules and default settings, and how many of them a bar shows. */
import { type Node, node } from '../graph/node.ts';
import { type ColumnSpec, defineFamily } from '../registry/define.ts';
import { doubleCandles } from './candles-double.ts';
import { singleCandles } from './candles-single.ts';
import { tripleCandles } from './candles-triple.ts';

const FIRST = 15;

const core: Record<string, ColumnSpec> = { ...singleCandles, ...doubleCandles, ...tripleCandles };

/** How many patterns of this bar are on one side of 0. */
function count(sign: '>' | '<'): Node {
  const inputs = Object.fromEntries(Object.entries(core).map(([name, spec]) => [name, spec.node]));
  const ready = Math.max(...Object.values(inputs).map((input) => input.first));
  const terms = Object.keys(inputs).map((name) => `($${name} ${sign} 0 ? 1 : 0)`);
  return node({
    name: `candles ${sign} 0`,
    inputs,
    lag: FIRST - ready,
    code: `$out = n < ${FIRST} ? NaN : ${terms.join(' + ')};`,
  });
}

const names = [
  'cdl_doji',
  'cdl_dragonflydoji',
  'cdl_gravestonedoji',
  'cdl_longleggeddoji',
  'cdl_hammer',
  'cdl_hangingman',
  'cdl_invertedhammer',
  'cdl_shootingstar',
  'cdl_engulfing',
  'cdl_harami',
  'cdl_haramicross',
  'cdl_piercing',
  'cdl_darkcloudcover',
  'cdl_morningstar',
  'cdl_eveningstar',
  'cdl_morningdojistar',
  'cdl_eveningdojistar',
  'cdl_3whitesoldiers',
  'cdl_3blackcrows',
  'cdl_3inside',
  'cdl_3outside',
  'cdl_marubozu',
  'cdl_spinningtop',
  'cdl_belthold',
];

export const candles = defineFamily('candles', {
  ...Object.fromEntries(names.map((name) => [name, core[name]!])),
  cdl_bull: {
    node: count('>'),
    unit: 'score',
    decimals: 0,
    valueType: 'i16',
    meaning: 'Number of candlestick patterns on this bar that count as positive',
    formula: 'how many of the 24 cdl_ pattern columns are > 0 on this bar. First value at bar 15',
    origin: 'own',
    storage: 'minute',
  },
  cdl_bear: {
    node: count('<'),
    unit: 'score',
    decimals: 0,
    valueType: 'i16',
    meaning: 'Number of candlestick patterns on this bar that count as negative',
    formula: 'how many of the 24 cdl_ pattern columns are < 0 on this bar. First value at bar 15',
    origin: 'own',
    storage: 'minute',
  },
});
