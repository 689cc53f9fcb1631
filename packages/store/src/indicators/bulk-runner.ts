import type { SessionFields } from '@rtp/indicators';
import type { IndicatorValues } from '@rtp/store-client';
import type { BarGroup } from './bar-groups.ts';
import { GroupRunner } from './group-runner.ts';
import { runInSlices } from './run-in-slices.ts';
import type { SeriesStates } from './series-states.ts';

/** The bars of one date and what goes with them. */
export interface DateTask {
  readonly groups: readonly BarGroup[];
  readonly fields: SessionFields;
  readonly tickOf: (instrumentId: number) => number;
  readonly wantsRows: boolean;
}

/** A group of bars and its values as they are stored, one array a stored column; none when they were not wanted. */
export interface GroupRows {
  readonly bars: BarGroup;
  readonly columns: readonly IndicatorValues[];
}

/** Runs dates through the indicators, group by group. */
export class BulkRunner {
  private runner: GroupRunner | undefined;

  /** Takes `states` over the date; yields each group when it is done. */
  async *run(states: SeriesStates, { groups, fields, tickOf, wantsRows }: DateTask): AsyncGenerator<GroupRows> {
    this.runner ??= new GroupRunner();
    for (const bars of groups) {
      const ticks = Float64Array.from(bars.instrumentIds, tickOf);
      const task = { bars, ticks, fields, wantsRows, states: states.of(bars.instrumentIds) };
      const result = await runInSlices(this.runner.steps(task));
      states.put(bars.instrumentIds, result.states);
      yield { bars, columns: result.columns };
    }
  }
}
