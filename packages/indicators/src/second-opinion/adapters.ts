/** How each class of trading-signals is made and fed to answer what a column of ours means. The only such table. */
import * as ts from 'trading-signals';
import { bars, chained, closes, type Feed, type OpinionBar, volumes } from './feed.ts';

export interface Adapter {
  readonly className: string;
  readonly start: () => Feed;
  /** Bar from which another seed makes a difference of less than 1e-6 of the column's largest value: 250 unless said. */
  readonly settles?: number;
}

const median = (bar: OpinionBar): number => ts.getMedianPrice(bar);
const side = (isUp: boolean): number => (isUp ? 1 : -1);

/** Mean and deviation helpers of the library are functions of a window: this keeps it. */
function window(n: number, value: (closes: number[]) => number): Feed {
  const held: number[] = [];
  return ({ close }) => {
    held.push(close);
    if (held.length > n) held.shift();
    return held.length < n ? Number.NaN : value(held);
  };
}

/** VWAP never resets there: every session gets an instance of its own. */
function sessionVwap(): Feed {
  let vwap = new ts.VWAP();
  let current = Number.NaN;
  return (bar) => {
    if (bar.session !== current) vwap = new ts.VWAP();
    current = bar.session;
    return vwap.update(bar, false) ?? Number.NaN;
  };
}

/** A class that compares sums of prices takes rounding for a move: whole paise have none. */
function inPaise(feed: Feed): Feed {
  const paise = (price: number): number => Math.round(price * 100);
  return ({ open, high, low, close, volume, session }) =>
    feed({ open: paise(open), high: paise(high), low: paise(low), close: paise(close), volume, session });
}

function delayed(feed: Feed): Feed {
  let before = Number.NaN;
  return (bar) => {
    const answer = before;
    before = feed(bar);
    return answer;
  };
}

const macd = (): ts.MACD => new ts.MACD(new ts.EMA(12), new ts.EMA(26), new ts.EMA(9));
const ppo = (): Feed => closes(new ts.PPO());
const pvo = (): Feed => volumes(new ts.PVO());
const stochastic = (): ts.StochasticOscillator =>
  new ts.StochasticOscillator({ kPeriod: 14, kSlowingPeriod: 3, dPeriod: 3 });
const ichimoku = (): ts.IchimokuCloud => new ts.IchimokuCloud();
const line = (): ts.LinearRegression => new ts.LinearRegression(14);
const acceleration = (): ts.AccelerationBands => new ts.AccelerationBands(20, 4);
const bollinger = (): ts.BollingerBands => new ts.BollingerBands(20, 2);
const donchian = (): ts.DonchianChannels => new ts.DonchianChannels(20);
const keltner = (): ts.KeltnerChannels => new ts.KeltnerChannels();
const kvo = (): Feed => inPaise(bars(new ts.KVO()));
const fisher = (): Feed => bars(new ts.FisherTransform(10));
const stochasticRsi = (): Feed => closes(new ts.StochasticRSI(14), (k) => 100 * k);

/** Rows of columns that differ in the period only. */
function periods(
  className: string,
  prefix: string,
  all: readonly number[],
  start: (n: number) => Feed,
  settles = 250,
): [string, Adapter][] {
  return all.map((n) => [`${prefix}_${n}`, { className, start: () => start(n), settles }]);
}

/** Columns for which the library has a class of the same name that computes something else. */
export const otherDefinitions: Readonly<Record<string, string>> = {
  adx_14: 'counts equal up and down moves for both sides; TA-Lib and we for neither',
  adxr_14: 'as adx_14',
  dx_14: 'as adx_14',
  plus_di_14: 'as adx_14',
  minus_di_14: 'as adx_14',
  choppiness_14: 'takes the range of true highs and lows; ours of highs and lows',
  cmo_14: 'plain sums of gains and losses; TA-Lib and we smooth by Wilder',
  dpo_20: 'another shift of the average',
  er_10: 'divides by ranges; ours by changes of the close',
  obv: 'starts at 0; ours at the first volume',
  rvol_20: 'leaves this bar out of the mean',
  sar: 'another start, and a nudge of 0.01 on reversal',
  trix_15: 'divides by the average of this bar; ours of the one before',
  trix_signal_9: 'as trix_15',
  td_setup: 'answers when a setup is complete only; ours counts',
  ulcer_14: 'measures each close against the highest so far of one window; ours against the highest of its own 14 bars',
};

/** By column. */
export const adapters: ReadonlyMap<string, Adapter> = new Map<string, Adapter>([
  ...periods('SMA', 'sma', [5, 10, 20, 50, 100, 200], (n) => closes(new ts.SMA(n))),
  ...periods('EMA', 'ema', [9, 12, 20, 26, 50], (n) => closes(new ts.EMA(n))),
  ...periods('EMA', 'ema', [100, 200], (n) => closes(new ts.EMA(n)), 1_000),
  ...periods('RSI', 'rsi', [7, 14], (n) => closes(new ts.RSI(n))),
  ...periods('ATR', 'atr', [10, 14], (n) => bars(new ts.ATR(n))),
  ...Object.entries<Adapter>({
    wma_20: { className: 'WMA', start: () => closes(new ts.WMA(20)) },
    dema_20: { className: 'DEMA', start: () => closes(new ts.DEMA(20)) },
    tema_20: { className: 'TEMA', start: () => closes(new ts.TEMA(20)) },
    trima_20: { className: 'TRIMA', start: () => closes(new ts.TRIMA(20)) },
    kama_10: { className: 'KAMA', start: () => closes(new ts.KAMA(10)) },
    t3_5: { className: 'T3', start: () => closes(new ts.T3(5)) },
    hma_20: { className: 'HMA', start: () => closes(new ts.HMA(20)) },
    vwma_20: { className: 'VWMA', start: () => bars(new ts.VWMA(20)) },
    mama: { className: 'MAMA', start: () => closes(new ts.MAMA(), ({ mama }) => mama) },
    fama: { className: 'MAMA', start: () => closes(new ts.MAMA(), ({ fama }) => fama) },
    ht_trendline: { className: 'HTTrendline', start: () => closes(new ts.HTTrendline()) },
    rma_14: { className: 'WSMA', start: () => closes(new ts.WSMA(14)) },
    zlema_20: { className: 'ZLEMA', start: () => closes(new ts.ZLEMA(20)) },
    alma_20: { className: 'ALMA', start: () => closes(new ts.ALMA(20)) },
    mcginley_14: { className: 'McGinleyDynamic', start: () => closes(new ts.McGinleyDynamic(14)) },
    supersmoother_10: { className: 'SuperSmoother', start: () => closes(new ts.SuperSmoother(10)) },

    bb_upper_20: { className: 'BollingerBands', start: () => closes(bollinger(), ({ upper }) => upper) },
    bb_middle_20: { className: 'BollingerBands', start: () => closes(bollinger(), ({ middle }) => middle) },
    bb_lower_20: { className: 'BollingerBands', start: () => closes(bollinger(), ({ lower }) => lower) },
    bb_width_20: { className: 'BollingerBandsWidth', start: () => closes(new ts.BollingerBandsWidth(bollinger())) },
    bb_percent_b_20: { className: 'PercentB', start: () => closes(new ts.PercentB()) },
    acc_upper_20: { className: 'AccelerationBands', start: () => bars(acceleration(), ({ upper }) => upper) },
    acc_middle_20: { className: 'AccelerationBands', start: () => bars(acceleration(), ({ middle }) => middle) },
    acc_lower_20: { className: 'AccelerationBands', start: () => bars(acceleration(), ({ lower }) => lower) },
    donchian_upper_20: { className: 'DonchianChannels', start: () => bars(donchian(), ({ upper }) => upper) },
    donchian_middle_20: { className: 'DonchianChannels', start: () => bars(donchian(), ({ middle }) => middle) },
    donchian_lower_20: { className: 'DonchianChannels', start: () => bars(donchian(), ({ lower }) => lower) },
    keltner_upper_20: { className: 'KeltnerChannels', start: () => bars(keltner(), ({ upper }) => upper) },
    keltner_middle_20: { className: 'KeltnerChannels', start: () => bars(keltner(), ({ middle }) => middle) },
    keltner_lower_20: { className: 'KeltnerChannels', start: () => bars(keltner(), ({ lower }) => lower) },
    squeeze_on: {
      className: 'TTMSqueeze',
      start: () => bars(new ts.TTMSqueeze(), ({ isSqueezed }) => (isSqueezed ? 1 : 0)),
    },
    squeeze_momentum: { className: 'TTMSqueeze', start: () => bars(new ts.TTMSqueeze(), ({ momentum }) => momentum) },
    chandelier_long_22: { className: 'ChandelierExit', start: () => bars(new ts.ChandelierExit(), ({ long }) => long) },
    chandelier_short_22: {
      className: 'ChandelierExit',
      start: () => bars(new ts.ChandelierExit(), ({ short }) => short),
    },
    supertrend_10_3: {
      className: 'SuperTrend',
      start: () => bars(new ts.SuperTrend(), ({ supertrend }) => supertrend),
    },
    supertrend_side: {
      className: 'SuperTrend',
      start: () => bars(new ts.SuperTrend(), ({ trend }) => side(trend === ts.TradingSignal.BULLISH)),
    },
    ichimoku_tenkan_9: { className: 'IchimokuCloud', start: () => bars(ichimoku(), ({ conversion }) => conversion) },
    ichimoku_kijun_26: { className: 'IchimokuCloud', start: () => bars(ichimoku(), ({ base }) => base) },
    ichimoku_span_a: { className: 'IchimokuCloud', start: () => bars(ichimoku(), ({ spanA }) => spanA) },
    ichimoku_span_b_52: { className: 'IchimokuCloud', start: () => bars(ichimoku(), ({ spanB }) => spanB) },

    aroon_up_14: { className: 'Aroon', start: () => bars(new ts.Aroon(14), ({ aroonUp }) => aroonUp) },
    aroon_down_14: { className: 'Aroon', start: () => bars(new ts.Aroon(14), ({ aroonDown }) => aroonDown) },
    aroonosc_14: {
      className: 'Aroon',
      start: () => bars(new ts.Aroon(14), ({ aroonUp, aroonDown }) => aroonUp - aroonDown),
    },
    vortex_plus_14: { className: 'VortexIndicator', start: () => bars(new ts.VortexIndicator(), ({ plus }) => plus) },
    vortex_minus_14: {
      className: 'VortexIndicator',
      start: () => bars(new ts.VortexIndicator(), ({ minus }) => minus),
    },
    linreg_14: {
      className: 'LinearRegression',
      start: () => closes(line(), ({ intercept, slope }) => intercept + 13 * slope),
    },
    linreg_intercept_14: { className: 'LinearRegression', start: () => closes(line(), ({ intercept }) => intercept) },
    linreg_slope_14: { className: 'LinearRegression', start: () => closes(line(), ({ slope }) => slope) },
    tsf_14: { className: 'LinearRegression', start: () => closes(line(), ({ prediction }) => prediction) },

    imi_14: { className: 'IMI', start: () => bars(new ts.IMI(14)) },
    mom_10: { className: 'MOM', start: () => closes(new ts.MOM(10)) },
    roc_10: { className: 'ROC', start: () => closes(new ts.ROC(10), (fraction) => 100 * fraction) },
    rocp_10: { className: 'ROC', start: () => closes(new ts.ROC(10)) },
    macd_12_26: { className: 'MACD', start: () => closes(macd(), (result) => result.macd) },
    macd_signal_9: { className: 'MACD', start: () => closes(macd(), ({ signal }) => signal) },
    macd_hist: { className: 'MACD', start: () => closes(macd(), ({ histogram }) => histogram) },
    apo_12_26: { className: 'APO', start: () => closes(new ts.APO()) },
    ppo_12_26: { className: 'PPO', start: ppo },
    ppo_signal_9: { className: 'PPO', start: () => chained(ppo(), new ts.EMA(9), (signal) => signal) },
    ppo_hist: { className: 'PPO', start: () => chained(ppo(), new ts.EMA(9), (signal, value) => value - signal) },
    stoch_k_14_3: { className: 'StochasticOscillator', start: () => bars(stochastic(), ({ stochK }) => stochK) },
    stoch_d_3: { className: 'StochasticOscillator', start: () => bars(stochastic(), ({ stochD }) => stochD) },
    stoch_j: { className: 'StochasticOscillator', start: () => bars(stochastic(), ({ stochJ }) => stochJ) },
    stochrsi_k_14: { className: 'StochasticRSI', start: stochasticRsi },
    stochrsi_d_3: { className: 'StochasticRSI', start: () => chained(stochasticRsi(), new ts.SMA(3), (mean) => mean) },
    willr_14: { className: 'WilliamsR', start: () => bars(new ts.WilliamsR(14)) },
    cci_20: { className: 'CCI', start: () => bars(new ts.CCI(20)) },
    ultosc_7_14_28: { className: 'UltimateOscillator', start: () => bars(new ts.UltimateOscillator()) },
    bop: { className: 'BOP', start: () => bars(new ts.BOP()) },
    tsi_25_13: { className: 'TSI', start: () => closes(new ts.TSI()) },
    ao_5_34: { className: 'AO', start: () => bars(new ts.AO(5, 34)) },
    ac_5_34_5: { className: 'AC', start: () => bars(new ts.AC(5, 34, 5)) },
    coppock_14_11_10: { className: 'CoppockCurve', start: () => closes(new ts.CoppockCurve()) },
    kst: { className: 'KST', start: () => closes(new ts.KST()) },
    kst_signal_9: { className: 'KST', start: () => chained(closes(new ts.KST()), new ts.SMA(9), (mean) => mean) },
    elder_bull_13: { className: 'ElderRay', start: () => bars(new ts.ElderRay(13), ({ bullPower }) => bullPower) },
    elder_bear_13: { className: 'ElderRay', start: () => bars(new ts.ElderRay(13), ({ bearPower }) => bearPower) },
    disparity_20: { className: 'DisparityIndex', start: () => closes(new ts.DisparityIndex(20)) },
    qstick_14: { className: 'Qstick', start: () => bars(new ts.Qstick(14)) },
    fisher_10: { className: 'FisherTransform', start: fisher },
    fisher_signal: { className: 'FisherTransform', start: () => delayed(fisher()) },
    stc_23_50_10: { className: 'STC', start: () => closes(new ts.STC()), settles: 1_000 },
    crsi_3_2_100: { className: 'ConnorsRSI', start: () => closes(new ts.ConnorsRSI()) },
    pmo: { className: 'PMO', start: () => closes(new ts.PMO(), (result) => result.pmo), settles: 1_000 },
    pmo_signal_10: { className: 'PMO', start: () => closes(new ts.PMO(), ({ signal }) => signal), settles: 1_000 },
    rvgi_10: { className: 'RelativeVigorIndex', start: () => bars(new ts.RelativeVigorIndex(10), ({ rvgi }) => rvgi) },
    rvgi_signal: {
      className: 'RelativeVigorIndex',
      start: () => bars(new ts.RelativeVigorIndex(10), ({ signal }) => signal),
    },
    wt1: { className: 'WaveTrend', start: () => bars(new ts.WaveTrend(), ({ wt1 }) => wt1) },
    wt2: { className: 'WaveTrend', start: () => bars(new ts.WaveTrend(), ({ wt2 }) => wt2) },
    demarker_14: { className: 'DeMarker', start: () => bars(new ts.DeMarker()) },
    psl_12: { className: 'PSL', start: () => closes(new ts.PSL()) },
    lrsi: { className: 'LaguerreRSI', start: () => closes(new ts.LaguerreRSI()) },

    trange: { className: 'TR', start: () => bars(new ts.TR()) },
    natr_14: { className: 'NATR', start: () => bars(new ts.NATR(14)) },
    stddev_20: { className: 'getStandardDeviation', start: () => window(20, (held) => ts.getStandardDeviation(held)) },
    var_20: {
      className: 'getStandardDeviation',
      start: () => window(20, (held) => ts.getStandardDeviation(held) ** 2),
    },
    avgdev_20: { className: 'MAD', start: () => closes(new ts.MAD(20)) },
    mass_index_25: { className: 'MassIndex', start: () => bars(new ts.MassIndex()) },
    chaikin_vol_10: { className: 'CVI', start: () => bars(new ts.CVI(10)) },
    rogers_satchell_20: {
      className: 'RogersSatchellVolatility',
      start: () => bars(new ts.RogersSatchellVolatility(20), (value) => 100 * Math.sqrt(252 * 375) * value),
    },
    ulcer_14: { className: 'UlcerIndex', start: () => closes(new ts.UlcerIndex(14)) },
    rvi_14: { className: 'RelativeVolatilityIndex', start: () => closes(new ts.RelativeVolatilityIndex()) },

    ad: { className: 'AD', start: () => bars(new ts.AD()) },
    adosc_3_10: { className: 'ADOSC', start: () => bars(new ts.ADOSC()) },
    mfi_14: { className: 'MFI', start: () => bars(new ts.MFI(14)) },
    cmf_20: { className: 'CMF', start: () => bars(new ts.CMF(20)) },
    force_13: { className: 'ForceIndex', start: () => bars(new ts.ForceIndex(13)) },
    vol_sma_20: { className: 'SMA', start: () => volumes(new ts.SMA(20)) },
    vol_sum_20: { className: 'SMA', start: () => volumes(new ts.SMA(20), (mean) => 20 * mean) },
    vroc_14: { className: 'VROC', start: () => volumes(new ts.VROC(14)) },
    pvo_12_26: { className: 'PVO', start: pvo },
    pvo_signal_9: { className: 'PVO', start: () => chained(pvo(), new ts.EMA(9), (signal) => signal) },
    pvo_hist: { className: 'PVO', start: () => chained(pvo(), new ts.EMA(9), (signal, value) => value - signal) },
    emv_14: { className: 'EMV', start: () => bars(new ts.EMV(14, 10_000)) },
    kvo_34_55: { className: 'KVO', start: kvo, settles: 1_000 },
    kvo_signal_13: {
      className: 'KVO',
      start: () => chained(kvo(), new ts.EMA(13), (signal) => signal),
      settles: 1_000,
    },
    nvi: { className: 'NVI', start: () => bars(new ts.NVI()) },
    pvi: { className: 'PVI', start: () => bars(new ts.PVI()) },
    pvt: { className: 'PVT', start: () => bars(new ts.PVT()) },
    wad: { className: 'WAD', start: () => bars(new ts.WAD()) },
    mfi_bw: { className: 'MarketFacilitationIndex', start: () => bars(new ts.MarketFacilitationIndex()) },
    vwap: { className: 'VWAP', start: sessionVwap },

    medprice: { className: 'getMedianPrice', start: () => median },
    typprice: { className: 'getTypicalPrice', start: () => (bar) => ts.getTypicalPrice(bar) },
    ibs: { className: 'IBS', start: () => bars(new ts.IBS()) },
  }),
]);
