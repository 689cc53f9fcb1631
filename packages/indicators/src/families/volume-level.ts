/** How much is traded, against what was traded before. */
import { ema } from '../graph/averages.ts';
import { stddev } from '../graph/deviation.ts';
import { calc, volume } from '../graph/node.ts';
import { percentageOscillator, roc } from '../graph/rates.ts';
import { relativeVolume } from '../graph/volumes.ts';
import { sma, sum } from '../graph/windows.ts';
import type { ColumnSpec } from '../registry/define.ts';

const oscillator = percentageOscillator(volume, 12, 26);
const oscillatorSignal = ema(oscillator, 9);

export const volumeLevel: Readonly<Record<string, ColumnSpec>> = {
  vol_sma_20: {
    node: sma(volume, 20),
    unit: 'volume',
    meaning: 'Mean volume of 20 bars',
    formula: 'mean of the last n volumes',
    parameters: { n: 20 },
    origin: 'TA-Lib',
    talib: 'SMA',
    tradingSignals: '= SMA',
    storage: 'minute',
  },
  vol_sum_20: {
    node: sum(volume, 20),
    unit: 'volume',
    meaning: 'Volume of 20 bars together',
    formula: 'sum of the last n volumes',
    parameters: { n: 20 },
    origin: 'TA-Lib',
    talib: 'SUM',
    tradingSignals: '= SMA (times 20)',
  },
  rvol_20: {
    node: relativeVolume(20),
    unit: 'ratio',
    meaning: 'Volume over its mean of 20 bars',
    formula: 'volume / mean of the last n volumes, this one included; no volume in the window: 0',
    parameters: { n: 20 },
    origin: 'composed',
    talib: 'SMA',
    tradingSignals: '≠ RVOL',
    storage: 'minute',
  },
  vol_zscore_20: {
    node: calc('$sd > 0 ? ($v - $mean) / $sd : 0', {
      v: volume,
      mean: sma(volume, 20),
      sd: stddev(volume, 20),
    }),
    unit: 'ratio',
    meaning: 'By how many standard deviations the volume differs from its mean of 20 bars',
    formula: '(volume - mean)/sd of the last n volumes, this one included, population sd; n equal volumes: 0',
    parameters: { n: 20 },
    origin: 'composed',
    talib: 'SMA+STDDEV',
    storage: 'minute',
  },
  vroc_14: {
    node: roc(volume, 14),
    unit: 'percent',
    meaning: 'Change of the volume against 14 bars ago',
    formula: '100 (volume/volume[n bars ago] - 1); volume[n bars ago] 0: 0',
    parameters: { n: 14 },
    origin: 'composed',
    talib: 'ROC',
    tradingSignals: '= VROC',
  },
  pvo_12_26: {
    node: oscillator,
    unit: 'percent',
    meaning: 'Percentage volume oscillator: fast average of the volume over the slow one',
    formula:
      '100 (EMA12 - EMA26)/EMA26 of the volume, each seeded with the mean of its own first n volumes, k = 2/(n + 1); ' +
      'EMA26 = 0: 0',
    parameters: { fast: 12, slow: 26 },
    origin: 'TA-Lib',
    talib: 'PPO',
    tradingSignals: '~ PVO',
  },
  pvo_signal_9: {
    node: oscillatorSignal,
    unit: 'percent',
    meaning: 'Signal line of the percentage volume oscillator',
    formula: 'EMA9 of pvo_12_26, seeded with the mean of its first 9 values',
    parameters: { fast: 12, slow: 26, signal: 9 },
    origin: 'composed',
    talib: 'PPO+EMA',
    tradingSignals: '~ PVO',
  },
  pvo_hist: {
    node: calc('$line - $signal', { line: oscillator, signal: oscillatorSignal }),
    unit: 'percent',
    meaning: 'Percentage volume oscillator minus its signal line',
    formula: 'pvo_12_26 - pvo_signal_9',
    parameters: { fast: 12, slow: 26, signal: 9 },
    origin: 'composed',
    talib: 'PPO+EMA',
    tradingSignals: '~ PVO',
  },
};
