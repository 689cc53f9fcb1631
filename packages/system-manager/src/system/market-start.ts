import { atIst, type EpochMs, type IstTime, MINUTE_MS, type SessionCalendar, type TradingDate } from '@rtp/core';

export interface MarketStart {
  readonly marketMs: EpochMs;
  /** Why the market begins there, for people; empty when it is the day's beginning. */
  readonly reason: string;
}

export interface MarketStartInput {
  readonly date: TradingDate;
  readonly calendar: SessionCalendar;
  readonly speed: number;
  /** Real ms the market begins ahead of the first minute asked for. */
  readonly leadMs: number;
  readonly from: IstTime | undefined;
  readonly startAt: EpochMs | undefined;
  /** Where an earlier run of the same day stopped. */
  readonly position: EpochMs | null;
}

/**
 * The instant at which a simulated market begins: as asked for; else where the day was left; else ahead of its first
 * window by the lead (at least a minute of market time), so that everybody is there when it opens.
 */
export function marketStart(input: MarketStartInput): MarketStart {
  const { date, calendar, position, startAt, from } = input;
  const leadMs = Math.max(MINUTE_MS, input.leadMs * input.speed);
  if (startAt !== undefined) return { marketMs: startAt, reason: '' };
  if (from !== undefined) return { marketMs: atIst(date, from) - leadMs, reason: '' };
  if (position !== null) return { marketMs: position, reason: 'where it was left' };
  const firstOpen = calendar.tradingDay(date)?.windows[0]?.openMs ?? atIst(date, '09:15');
  return { marketMs: firstOpen - leadMs, reason: '' };
}
