import type { ChartRefresher } from '../charts/chart-refresher.ts';
import { type LiveSource, type SourceHealth, UP } from './live-source.ts';

/** Failed calls in a row after which charts do not count as a source. */
const FAILURES = 3;

/** Charts as the live source of last resort: the refresher rolls through the instruments while they are it. */
export class ChartSource implements LiveSource {
  readonly name = 'chart';
  readonly recoveryMs = 0;
  private readonly refresher: Pick<ChartRefresher, 'failures'>;

  constructor(refresher: Pick<ChartRefresher, 'failures'>) {
    this.refresher = refresher;
  }

  health(): SourceHealth {
    const { failures } = this.refresher;
    return failures < FAILURES ? UP : { isUp: false, reason: `${failures} chart calls failed in a row` };
  }
}
