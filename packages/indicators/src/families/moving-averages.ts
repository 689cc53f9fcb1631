/** Averages of the close that follow it. */
import { ema } from '../graph/averages.ts';
import { close } from '../graph/node.ts';
import { sma, wma } from '../graph/windows.ts';
import { type ColumnSpec, defineFamily } from '../registry/define.ts';

/** `<prefix>_<n>` for each period. */
function byPeriod(
  prefix: string,
  periods: readonly number[],
  spec: (n: number) => ColumnSpec,
): Record<string, ColumnSpec> {
  return Object.fromEntries(periods.map((n) => [`${prefix}_${n}`, { parameters: { n }, ...spec(n) }]));
}

export const movingAverages = defineFamily('moving_averages', {
  ...byPeriod('sma', [5, 10, 20, 50, 100, 200], (n) => ({
    node: sma(close, n),
    unit: 'price',
    meaning: `Simple moving average of ${n} closes`,
    formula: `mean of the last ${n} closes`,
    origin: 'TA-Lib',
    talib: 'SMA',
    tradingSignals: '= SMA',
    storage: 'minute',
  })),
  ...byPeriod('ema', [9, 12, 20, 26, 50, 100, 200], (n) => ({
    node: ema(close, n),
    unit: 'price',
    meaning: `Exponential moving average of ${n} closes`,
    formula: 'k = 2/(n+1); seeded with the first SMA; e += (close - e) k',
    origin: 'TA-Lib',
    talib: 'EMA',
    tradingSignals: '~ EMA',
    storage: 'minute',
  })),
  wma_20: {
    node: wma(close, 20),
    parameters: { n: 20 },
    unit: 'price',
    meaning: 'Linearly weighted moving average of 20 closes',
    formula: 'weights 1..n, the newest heaviest, divided by n(n+1)/2',
    origin: 'TA-Lib',
    talib: 'WMA',
    tradingSignals: '= WMA',
    storage: 'minute',
  },
});
