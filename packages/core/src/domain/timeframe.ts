/** Bar lengths offered to readers; everything above one minute is resampled from minutes. */
export const TIMEFRAMES = ['1T', '3T', '5T', '15T', '30T', '1H', '1D'] as const;
export type Timeframe = (typeof TIMEFRAMES)[number];

/** Minutes in an intraday timeframe; `1D` spans the session and has no fixed length. */
export const TIMEFRAME_MINUTES: Readonly<Record<Exclude<Timeframe, '1D'>, number>> = {
  '1T': 1,
  '3T': 3,
  '5T': 5,
  '15T': 15,
  '30T': 30,
  '1H': 60,
};
