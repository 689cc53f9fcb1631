import { type SimulatorFault, simulatorFaultSchema } from '@rtp/core';

const SESSION = { from: '09:15', to: '15:40' } as const;

/**
 * The bad days that were observed, in one (wire §7.6): packets late by a median of 1 s and by 46 s at the 99th percentile,
 * sockets reset every 300 s, and a stall of 7 minutes with the socket open.
 */
export const BAD_DAY: readonly SimulatorFault[] = Object.freeze([
  simulatorFaultSchema.parse({ name: 'feed_lag', distribution: 'bad_day', ...SESSION }),
  simulatorFaultSchema.parse({ name: 'feed_silent', from: '09:32', to: '09:39' }),
  simulatorFaultSchema.parse({ name: 'feed_reset', everyMs: 300_000, ...SESSION }),
]);
