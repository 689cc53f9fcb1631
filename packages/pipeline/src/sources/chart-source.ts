import type { ChartRefresher } from '../charts/chart-refresher.ts';
import { type LiveSource, type SourceHealth, UP } from './live-source.ts';

/** Charts as the live source of last resort: the refresher rolls through the instruments while they are it. */
export class ChartSource implements LiveSource {
  readonly name = 'chart';
  readonly recoveryMs = 0;
  private readonly refresher: Pick<ChartRefresher, 'failures' | 'isSpent'>;
  private readonly mostFailures: number;

  /** Charts are down after `mostFailures` failed calls in a row. */
  constructor(refresher: Pick<ChartRefresher, 'failures' | 'isSpent'>, mostFailures: number) {
    this.refresher = refresher;
    this.mostFailures = mostFailures;
  }

  health(): SourceHealth {
    const { failures, isSpent } = this.refresher;
    if (isSpent) return { isUp: false, reason: 'no chart call of the day is left for live minutes' };
    return failures < this.mostFailures ? UP : { isUp: false, reason: `${failures} chart calls failed in a row` };
  }
}
