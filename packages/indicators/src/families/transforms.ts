/** Prices made of one bar's prices. */
import { calc, close, high, low, type Node, node, open } from '../graph/node.ts';
import { defineFamily } from '../registry/define.ts';

const ohlc = { o: open, h: high, l: low, c: close };

/** (high + low)/2. */
export const median: Node = calc('($h + $l) / 2', { h: high, l: low });
/** (high + low + close)/3. */
export const typical: Node = calc('($h + $l + $c) / 3', { h: high, l: low, c: close });

const heikinAshiClose = calc('($o + $h + $l + $c) / 4', ohlc);
const heikinAshiOpen = node({
  name: 'heikinAshiOpen',
  inputs: { o: open, c: close, mean: heikinAshiClose },
  state: { open: 0, close: 0 },
  code: `
    $out = n === 0 ? ($o + $c) / 2 : ($open + $close) / 2;
    $open = $out;
    $close = $mean;`,
});

export const transforms = defineFamily('transforms', {
  avgprice: {
    node: heikinAshiClose,
    unit: 'price',
    meaning: 'Average price of the bar',
    formula: '(open + high + low + close)/4',
    origin: 'TA-Lib',
    talib: 'AVGPRICE',
  },
  medprice: {
    node: median,
    unit: 'price',
    meaning: 'Middle of the bar',
    formula: '(high + low)/2',
    origin: 'TA-Lib',
    talib: 'MEDPRICE',
    tradingSignals: '= getMedianPrice',
  },
  typprice: {
    node: typical,
    unit: 'price',
    meaning: 'Typical price of the bar',
    formula: '(high + low + close)/3',
    origin: 'TA-Lib',
    talib: 'TYPPRICE',
    tradingSignals: '= getTypicalPrice',
  },
  wclprice: {
    node: calc('($h + $l + 2 * $c) / 4', { h: high, l: low, c: close }),
    unit: 'price',
    meaning: 'Price of the bar with the close counted twice',
    formula: '(high + low + 2 close)/4',
    origin: 'TA-Lib',
    talib: 'WCLPRICE',
  },
  ibs: {
    node: calc('$h > $l ? ($c - $l) / ($h - $l) : 0.5', { h: high, l: low, c: close }),
    unit: 'ratio',
    meaning: 'Internal bar strength: where in the bar it closed, 0 at the low, 1 at the high',
    formula: '(close - low)/(high - low); no range: 0.5',
    origin: 'own',
    tradingSignals: '= IBS',
  },
  ha_open: {
    node: heikinAshiOpen,
    unit: 'price',
    meaning: 'Heikin-Ashi open',
    formula: '(previous ha_open + previous ha_close)/2; first bar: (open + close)/2',
    origin: 'own',
  },
  ha_high: {
    node: calc('Math.max($h, $ho, $hc)', { h: high, ho: heikinAshiOpen, hc: heikinAshiClose }),
    unit: 'price',
    meaning: 'Heikin-Ashi high',
    formula: 'max(high, ha_open, ha_close)',
    origin: 'own',
  },
  ha_low: {
    node: calc('Math.min($l, $ho, $hc)', { l: low, ho: heikinAshiOpen, hc: heikinAshiClose }),
    unit: 'price',
    meaning: 'Heikin-Ashi low',
    formula: 'min(low, ha_open, ha_close)',
    origin: 'own',
  },
  ha_close: {
    node: heikinAshiClose,
    unit: 'price',
    meaning: 'Heikin-Ashi close',
    formula: '(open + high + low + close)/4',
    origin: 'own',
  },
});
