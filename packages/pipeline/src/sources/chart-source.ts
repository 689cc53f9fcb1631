import type { ChartRefresher } from '../charts/chart-refresher.ts';
import type { LiveSource, SourceHealth } from './live-source.ts';

/** Failed calls in a row after which charts do not count as a source. */
const FAILURES = 3;

/** Charts as the live source of last resort: the refresher rolls through the instruments while they are it. */
export class ChartSource implements LiveSource {
  readonly name = 'chart';
  private readonly refresher: ChartRefresher;

  constructor(refresher: ChartRefresher) {
    this.refresher = refresher;
  }

  health(): SourceHealth {
    const { failures } = this.refresher;
    return failures < FAILURES
      ? { isUp: true, reason: '' }
      : { isUp: false, reason: `${failures} chart calls failed in a row` };
  }
}
