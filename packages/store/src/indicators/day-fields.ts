import { atIst, MINUTE_MS, RtpError, type SessionCalendar, type TradingDate } from '@rtp/core';
import { type SessionFields, sessionFields, type TradingDays } from '@rtp/indicators';

const MINUTES_A_DAY = 1_440;

/** Session fields of every minute of a date. A date of which the calendar cannot tell counts from midnight. */
export function dayFields(date: TradingDate, calendar: SessionCalendar): SessionFields {
  const start = atIst(date, '00:00');
  const minutes = Float64Array.from({ length: MINUTES_A_DAY }, (_, minute) => start + minute * MINUTE_MS);
  return sessionFields(minutes, lenient(calendar));
}

const lenient = (calendar: SessionCalendar): TradingDays => ({
  tradingDay: (date) => {
    try {
      return calendar.tradingDay(date);
    } catch (error) {
      if (error instanceof RtpError && error.code.startsWith('RTP_CALENDAR_')) return null;
      throw error;
    }
  },
});
