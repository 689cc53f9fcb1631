/** The thirty indicators that every engine of the comparison is asked for, and how each peer is asked. */

/** A class of technicalindicators. */
export interface TechnicalClass {
  new (input: object): { nextValue(value: unknown): unknown };
  calculate(input: object): unknown;
}

export interface CommonIndicator {
  /** Our columns of it. */
  readonly columns: readonly string[];
  /** Of technicalindicators: class, parameters, and whether it takes closes or bars. Absent: it has none. */
  readonly technical?: readonly [name: string, parameters: object, input: 'closes' | 'bars'];
}

/** Each has a class of trading-signals (by its first column) and a TA-Lib function (talib-driver.c, in this order). */
export const COMMON: readonly CommonIndicator[] = [
  { columns: ['sma_20'], technical: ['SMA', { period: 20 }, 'closes'] },
  { columns: ['ema_20'], technical: ['EMA', { period: 20 }, 'closes'] },
  { columns: ['wma_20'], technical: ['WMA', { period: 20 }, 'closes'] },
  { columns: ['dema_20'] },
  { columns: ['tema_20'] },
  { columns: ['trima_20'] },
  { columns: ['kama_10'] },
  { columns: ['t3_5'] },
  {
    columns: ['bb_upper_20', 'bb_middle_20', 'bb_lower_20'],
    technical: ['BollingerBands', { period: 20, stdDev: 2 }, 'closes'],
  },
  { columns: ['acc_upper_20', 'acc_middle_20', 'acc_lower_20'] },
  { columns: ['rsi_14'], technical: ['RSI', { period: 14 }, 'closes'] },
  {
    columns: ['macd_12_26', 'macd_signal_9', 'macd_hist'],
    technical: [
      'MACD',
      { fastPeriod: 12, slowPeriod: 26, signalPeriod: 9, SimpleMAOscillator: false, SimpleMASignal: false },
      'closes',
    ],
  },
  { columns: ['apo_12_26'] },
  { columns: ['ppo_12_26'] },
  { columns: ['stoch_k_14_3', 'stoch_d_3'], technical: ['Stochastic', { period: 14, signalPeriod: 3 }, 'bars'] },
  {
    columns: ['stochrsi_k_14', 'stochrsi_d_3'],
    technical: ['StochasticRSI', { rsiPeriod: 14, stochasticPeriod: 14, kPeriod: 3, dPeriod: 3 }, 'closes'],
  },
  { columns: ['willr_14'], technical: ['WilliamsR', { period: 14 }, 'bars'] },
  { columns: ['cci_20'], technical: ['CCI', { period: 20 }, 'bars'] },
  { columns: ['ultosc_7_14_28'] },
  { columns: ['bop'] },
  { columns: ['mom_10'] },
  { columns: ['roc_10'], technical: ['ROC', { period: 10 }, 'closes'] },
  { columns: ['aroon_up_14', 'aroon_down_14'] },
  { columns: ['linreg_slope_14'] },
  { columns: ['atr_14'], technical: ['ATR', { period: 14 }, 'bars'] },
  { columns: ['natr_14'] },
  { columns: ['ad'], technical: ['ADL', {}, 'bars'] },
  { columns: ['adosc_3_10'] },
  { columns: ['mfi_14'], technical: ['MFI', { period: 14 }, 'bars'] },
  { columns: ['avgdev_20'] },
];

export const COMMON_COLUMNS: readonly string[] = COMMON.flatMap(({ columns }) => columns);
export const TECHNICAL_COUNT = COMMON.filter(({ technical }) => technical !== undefined).length;
