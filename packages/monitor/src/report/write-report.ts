import { type DataPaths, type Order, reportFile } from '@rtp/core';
import { monitorErrors } from '../errors.ts';
import { runRtp } from '../run-rtp.ts';

/**
 * Carries out the order to write a report, in a process of its own; resolves with the path of the page. Errors:
 * RTP_REPORT_FAILED, RTP_ORDER_UNKNOWN.
 */
export async function writeReport(
  paths: DataPaths,
  order: Order,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<string> {
  if (order.name !== 'write-report') {
    throw monitorErrors.create('RTP_ORDER_UNKNOWN', `The monitor takes no order ${order.name}.`);
  }
  const { period, date } = order;
  const why = await runRtp(paths, ['report', period, '--date', date], timeoutMs, signal);
  if (why !== null) throw monitorErrors.create('RTP_REPORT_FAILED', `The ${period} report of ${date}: ${why}.`);
  return reportFile(paths, period, date, 'html');
}
