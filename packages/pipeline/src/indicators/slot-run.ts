import type { BarArrays, IndicatorEngine, SessionFields } from '@rtp/indicators';
import type { DaySeries } from './day-series.ts';

/** One instrument's whole bars of the day, as a series. */
export interface SlotBars {
  readonly length: number;
  /** Grid index of each bar. */
  readonly indexes: Int32Array;
  readonly bars: BarArrays;
}

/** Values of every stored column on each of those bars. */
export interface SlotRun {
  readonly length: number;
  readonly indexes: Int32Array;
  readonly columns: readonly Float64Array[];
}

/** Runs instruments over the day's bars. */
export class SlotRuns {
  private readonly series: DaySeries;
  private readonly sessionFields: SessionFields;
  private readonly columnCount: number;

  constructor(series: DaySeries, sessionFields: SessionFields, columnCount: number) {
    this.series = series;
    this.sessionFields = sessionFields;
    this.columnCount = columnCount;
  }

  /** The bars as they are now. `tick` in rupees. */
  bars(slot: number, tick: number): SlotBars {
    const { series, sessionFields } = this;
    const length = series.count(slot);
    const indexes = new Int32Array(length);
    const column = (): Float64Array => new Float64Array(length);
    const prices = [column(), column(), column(), column(), column()] as const;
    const row = new Float64Array(prices.length);
    let bar = 0;
    for (let index = 0; index <= series.last(slot); index += 1) {
      if (!series.has(slot, index)) continue;
      indexes[bar] = index;
      series.copy(slot, index, row, 0);
      for (const [field, values] of prices.entries()) values[bar] = row[field]!;
      bar += 1;
    }
    const pick = (values: Float64Array): Float64Array => Float64Array.from(indexes, (index) => values[index]!);
    const [open, high, low, close, volume] = prices;
    return {
      length,
      indexes,
      bars: {
        length,
        open,
        high,
        low,
        close,
        volume,
        bench: column().fill(Number.NaN),
        session: pick(sessionFields.session),
        minuteOfDay: pick(sessionFields.minuteOfDay),
        minuteOfSession: pick(sessionFields.minuteOfSession),
        tick: column().fill(tick),
      },
    };
  }

  /** Adds the bars as they are now to the slot's series. */
  run(engine: IndicatorEngine, slot: number, tick: number): SlotRun {
    return this.runBars(engine, slot, this.bars(slot, tick));
  }

  runBars(engine: IndicatorEngine, slot: number, { length, indexes, bars }: SlotBars): SlotRun {
    const columns = Array.from({ length: this.columnCount }, () => new Float64Array(length));
    engine.run(slot, bars, columns);
    return { length, indexes, columns };
  }
}
