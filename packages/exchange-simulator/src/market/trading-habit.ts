import type { TradingHabit } from '../generate/earlier-session.ts';
import type { MarketDay, MarketInstrument } from './market-day.ts';

const LEAST_VOLATILITY = 0.000_1;
const MOST_VOLATILITY = 0.002;
const MOST_QUIET = 0.95;

/** How an instrument trades, measured on the simulated day, halts or not. */
export function tradingHabit(day: MarketDay, instrument: MarketInstrument): TradingHabit {
  const { ts, open, close, volume } = day.bars;
  let traded = 0;
  let shares = 0;
  let squares = 0;
  for (let row = instrument.firstRow; row < instrument.endRow; row += 1) {
    if (!instrument.isIndex && volume[row] === 0) continue;
    traded += 1;
    shares += volume[row] as number;
    squares += Math.log((close[row] as number) / (open[row] as number)) ** 2;
  }
  const end = ts[instrument.endRow - 1] as number;
  const minutes = day.minutes.filter((minute) => minute <= end).length;
  return {
    minuteVolume: traded === 0 ? 1 : shares / traded,
    quiet: instrument.isIndex ? 0 : Math.min(MOST_QUIET, 1 - traded / minutes),
    volatility: Math.min(MOST_VOLATILITY, Math.max(LEAST_VOLATILITY, Math.sqrt(squares / Math.max(1, traded)))),
  };
}
