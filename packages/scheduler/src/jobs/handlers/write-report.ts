import { type ChildContext, componentOf, type SystemStatus, type TradingDate } from '@rtp/core';
import type { JobOutcome } from '../job-runner.ts';

/** Has the monitor write a report: that of a date, or of the week that ends with it. */
export async function writeReport(
  period: 'daily' | 'weekly',
  date: TradingDate,
  system: SystemStatus | null,
  request: ChildContext['request'],
): Promise<JobOutcome> {
  const monitor = system === null ? undefined : componentOf(system, 'monitor');
  if (monitor === undefined || monitor.wanted === 'down') {
    return { result: 'skipped', text: 'No monitor runs, and it writes the reports.' };
  }
  const { ok, text } = await request({
    component: 'monitor',
    what: { name: 'write-report', period, date },
    reason: `the ${period} report of ${date} is due`,
    actor: 'calendar',
  });
  return { result: ok ? 'ok' : 'failed', text };
}
