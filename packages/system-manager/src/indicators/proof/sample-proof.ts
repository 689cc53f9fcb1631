/** Columns that are computed when they are read, and another library's opinion, for one instrument at a time. */
import {
  BAR_FIELDS,
  BAR_WIDTH,
  type BarArrays,
  type IndicatorColumn,
  IndicatorEngine,
  indicatorColumns,
  sessionFields,
  type TradingDays,
} from '@rtp/indicators';
import { type Opinion, secondOpinion } from '@rtp/indicators/second-opinion';
import { dateLiteral, loadIndicatorReading, MAX_INDICATOR_VALUES, type NumberRunner, Pace } from '@rtp/store-client';
import type { BenchCloses, TickOf } from './bar-fields-of.ts';
import { ColumnTally } from './column-tally.ts';
import type { ProofInstrument, ProofPlan } from './proof-plan.ts';

export interface SampleInputs {
  readonly run: NumberRunner;
  readonly plan: ProofPlan;
  readonly days: TradingDays;
  readonly tickOf: TickOf;
  readonly bench: BenchCloses;
  /** Newest symbol of each instrument: the one that questions are asked by. */
  readonly symbols: ReadonlyMap<number, string>;
}

/** What a served value may differ by from the one recomputed bar by bar, as a part of the column's largest value. */
const READ_TOLERANCE = 1e-9;
/** What another library may differ by, as a part of the column's largest value: by rounding, or by another seed. */
const OPINION_TOLERANCE = { equal: 1e-7, equal_but_flat: 1e-7, other_seed: 1e-5 } as const;
/** So many equal closes in a row are a stillness, over which the library has conventions of its own; and so long after. */
const STILL_BARS = 5;
const AFTER_STILL_BARS = 60;
/** These choose by the sign of a phase, and never forget a choice made the other way in a still moment. */
const NOT_COMPARED: ReadonlySet<string> = new Set(['mama', 'fama']);

const NAMES = indicatorColumns.map(({ name }) => name);

/** Proves instruments of the sample one by one. */
export class SampleProof {
  readonly read: readonly ColumnTally[];
  readonly opinions: readonly ColumnTally[];
  private readonly inputs: SampleInputs;
  private readonly engine = new IndicatorEngine(NAMES, 1);
  private readonly readColumns: readonly IndicatorColumn[];
  private readonly opinionColumns: readonly { readonly name: string; readonly opinion: Opinion }[];

  constructor(inputs: SampleInputs) {
    this.inputs = inputs;
    this.readColumns = indicatorColumns.filter(({ storage }) => storage !== 'minute');
    this.opinionColumns = NAMES.flatMap((name) => {
      const opinion = secondOpinion(name);
      return opinion === null || NOT_COMPARED.has(name) ? [] : [{ name, opinion }];
    });
    this.read = this.readColumns.map(({ name }) => new ColumnTally(name));
    this.opinions = this.opinionColumns.map(({ name }) => new ColumnTally(name));
  }

  async prove(instrument: ProofInstrument): Promise<void> {
    const { times, bars } = await this.series(instrument);
    const dayStart = Date.parse(`${this.inputs.plan.date}T00:00:00+05:30`);
    const first = times.findIndex((time) => time >= dayStart);
    if (first < 0) return;
    const rows = await this.advance(times, bars, first);
    await this.compareRead(instrument, times.subarray(first), rows);
    await this.compareOpinions(instrument, times, bars, first, rows);
  }

  /** The whole series up to the date's end. */
  private async series({ instrumentId, history }: ProofInstrument): Promise<Series> {
    const { run, plan, days, tickOf, bench } = this.inputs;
    const sql = `SELECT epoch_ms(ts)::DOUBLE, open, high, low, close, volume::DOUBLE FROM bars
      WHERE NOT partial AND date <= ${dateLiteral(plan.date)} AND instrument_id = ${instrumentId}
        AND epoch_ms(ts) <= ${plan.until} ORDER BY ts`;
    const columns = Array.from({ length: 6 }, () => new Float64Array(history));
    let length = 0;
    for await (const chunk of run.numbers(sql)) {
      const count = Math.min(chunk[0]!.length, history - length);
      for (const [index, numbers] of chunk.entries()) {
        for (let row = 0; row < count; row += 1) columns[index]![length + row] = numbers[row]!;
      }
      length += count;
    }
    const [times, open, high, low, close, volume] = columns.map((values) => values.subarray(0, length)) as [
      Float64Array,
      Float64Array,
      Float64Array,
      Float64Array,
      Float64Array,
      Float64Array,
    ];
    const tick = times.map((time) => tickOf(instrumentId, time));
    const fields = {
      open,
      high,
      low,
      close,
      volume,
      tick,
      bench: lastCloses(bench, times),
      ...sessionFields(times, days),
    };
    return { times, bars: { length, ...fields } };
  }

  /** Every column on each bar from `first` on, having taken the bars one by one. */
  private async advance(times: Float64Array, bars: BarArrays, first: number): Promise<Float64Array> {
    const { engine } = this;
    engine.reset(0);
    const [slot, bar, out] = [Int32Array.of(0), new Float64Array(BAR_WIDTH), new Float64Array(NAMES.length)];
    const rows = new Float64Array((times.length - first) * NAMES.length);
    const fields = BAR_FIELDS.map((field) => bars[field]!);
    const pace = new Pace();
    for (let index = 0; index < times.length; index += 1) {
      for (let field = 0; field < BAR_WIDTH; field += 1) bar[field] = fields[field]![index]!;
      engine.advance(slot, 1, bar, out);
      if (index >= first) rows.set(out, (index - first) * NAMES.length);
      await pace.rest();
    }
    return rows;
  }

  private async compareRead(instrument: ProofInstrument, times: Float64Array, rows: Float64Array): Promise<void> {
    const { run, plan, symbols } = this.inputs;
    const { readIndicators } = await loadIndicatorReading();
    const query = {
      symbol: symbols.get(instrument.instrumentId)!,
      timeframe: '1T' as const,
      from: plan.date,
      to: plan.date,
      columns: this.readColumns.map(({ name }) => name),
    };
    const served = await readIndicators(run, query, MAX_INDICATOR_VALUES);
    const positions = new Map(Array.from(served.times, (time, row) => [time, row]));
    for (const [index, { name }] of this.readColumns.entries()) {
      const at = NAMES.indexOf(name);
      const expected = times.map((_, row) => rows[row * NAMES.length + at]!);
      const unit = largestOf(expected);
      for (const [row, time] of times.entries()) {
        const found = served.values[index]![positions.get(time) ?? -1] ?? Number.NaN;
        this.read[index]!.add(found, expected[row]!, unit * READ_TOLERANCE, unit, instrument.symbol, time);
      }
    }
  }

  private async compareOpinions(
    instrument: ProofInstrument,
    times: Float64Array,
    bars: BarArrays,
    first: number,
    rows: Float64Array,
  ): Promise<void> {
    const still = barsSinceStill(bars.close!);
    const pace = new Pace();
    for (const [index, { name, opinion }] of this.opinionColumns.entries()) {
      const values = opinion.run(bars);
      await pace.rest();
      const unit = largestOf(values);
      const at = NAMES.indexOf(name);
      for (let bar = Math.max(first, opinion.settles); bar < times.length; bar += 1) {
        if (opinion.agreement === 'equal_but_flat' && still[bar]! < AFTER_STILL_BARS) continue;
        const ours = rows[(bar - first) * NAMES.length + at]!;
        const theirs = values[bar]!;
        if (Number.isNaN(ours) || Number.isNaN(theirs)) continue;
        this.opinions[index]!.add(
          ours,
          theirs,
          unit * OPINION_TOLERANCE[opinion.agreement],
          unit,
          instrument.symbol,
          times[bar]!,
        );
      }
    }
  }
}

/** The column's scale: its largest value, 1 where it has none but zeros. */
function largestOf(values: Float64Array): number {
  const largest = values.reduce((max, value) => (Number.isNaN(value) ? max : Math.max(max, Math.abs(value))), 0);
  return largest === 0 ? 1 : largest;
}

interface Series {
  readonly times: Float64Array;
  readonly bars: BarArrays;
}

/** The close of the benchmark at each time, or its last one before. */
function lastCloses({ times, closes }: BenchCloses, at: Float64Array): Float64Array {
  let next = 0;
  return at.map((time) => {
    while (next < times.length && times[next]! <= time) next += 1;
    return closes[next - 1] ?? Number.NaN;
  });
}

/** Bars since the last of several equal closes in a row; infinite before the first such stillness. */
function barsSinceStill(closes: Float64Array): Float64Array {
  let [run, since] = [1, Number.POSITIVE_INFINITY];
  return closes.map((close, bar) => {
    run = bar > 0 && close === closes[bar - 1] ? run + 1 : 1;
    since = run >= STILL_BARS ? 0 : since + 1;
    return since;
  });
}
