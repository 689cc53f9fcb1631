/**
 * The indicators of many series, in one flat memory.
 *
 * A series is the bars of one instrument in time order. Its state is `stride` numbers at `index * stride`, whatever its
 * length: saving is a copy, restoring is a copy. A bar is added by `advance`; a bar that is still forming is looked at
 * with `preview`, any number of times, which changes nothing; many bars are added at once by `run`. The three give the
 * same numbers, because the same kernels stand behind them.
 *
 * Bars are finite, high >= max(open, close), low <= min(open, close), volume >= 0: callers check. A minute without
 * trades has no bar. Values that do not exist yet are NaN.
 */
import type { Program } from '../compile/compile.ts';
import { BLOCK } from '../compile/plan.ts';
import { BAR_FIELDS, type BarField } from '../graph/node.ts';
import type { BarArrays } from './bar-arrays.ts';
import { fingerprintOf } from './fingerprint.ts';
import { programOf } from './program-of.ts';

/** Numbers of a bar's row in `advance` and `preview`. */
export const BAR_WIDTH = BAR_FIELDS.length;

const fingerprints = new WeakMap<Program, string>();

export class IndicatorEngine {
  /** Column names in the order of output. */
  readonly columns: readonly string[];
  readonly seriesCount: number;
  /** Numbers of state per series. */
  readonly stride: number;
  /** Fields of bars that some column needs. */
  readonly fields: readonly BarField[];
  /** State of all series; a copy of it is a snapshot of everything. */
  readonly memory: Float64Array;
  private readonly program: Program;
  private readonly rings: Int32Array;
  private work: Float64Array | null = null;

  /** `columns` by name, in the order wanted. Errors: an unknown name. */
  constructor(columns: readonly string[], seriesCount: number) {
    this.program = programOf(columns);
    this.columns = [...columns];
    this.seriesCount = seriesCount;
    this.stride = this.program.plan.stride;
    this.fields = [...new Set(this.program.plan.fields.values())].map((index) => BAR_FIELDS[index]!);
    this.rings = Int32Array.from(
      [...this.program.plan.rings.values()].flatMap(({ at, mask, workAt }) => [at, mask, workAt]),
    );
    this.memory = new Float64Array(this.stride * seriesCount);
    for (let series = 0; series < seriesCount; series += 1) this.reset(series);
  }

  /** Equal for engines that can read each other's state. Made on first use, in some 30 ms. */
  get fingerprint(): string {
    const known = fingerprints.get(this.program);
    if (known !== undefined) return known;
    const { code, initial } = this.program;
    const made = fingerprintOf(code, this.columns, (bars, out) => this.runIn(initial.slice(), 0, bars, out));
    fingerprints.set(this.program, made);
    return made;
  }

  /** Bars that a series has taken. */
  barCount(series: number): number {
    return this.memory[series * this.stride]!;
  }

  /** Forgets all bars of a series. */
  reset(series: number): void {
    this.memory.set(this.program.initial, series * this.stride);
  }

  /**
   * Adds one bar to each of `count` series, each named once. `bars` holds rows of `BAR_WIDTH` numbers in the order of
   * `BAR_FIELDS`, `out` takes rows of one number a column.
   */
  advance(series: Int32Array, count: number, bars: Float64Array, out: Float64Array): void {
    for (const step of this.program.advance) step(this.memory, this.stride, series, count, bars, out, true);
    for (let row = 0; row < count; row += 1) this.memory[series[row]! * this.stride]! += 1;
  }

  /** What `advance` would answer, without adding the bars. */
  preview(series: Int32Array, count: number, bars: Float64Array, out: Float64Array): void {
    for (const step of this.program.advance) step(this.memory, this.stride, series, count, bars, out, false);
  }

  /**
   * Adds `bars.length` bars to one series; `out` holds an array of at least that length for each column, in order.
   * Errors: a field that a column needs is absent.
   */
  run(series: number, bars: BarArrays, out: readonly Float64Array[]): void {
    this.runIn(this.memory, series * this.stride, bars, out);
  }

  private runIn(memory: Float64Array, at: number, bars: BarArrays, out: readonly Float64Array[]): void {
    this.work ??= new Float64Array(this.program.plan.workSize);
    const fields = BAR_FIELDS.map((name) => bars[name]);
    for (const index of this.program.plan.fields.values()) {
      if (fields[index] === undefined) throw new Error(`bars have no ${BAR_FIELDS[index]}`);
    }
    const { run, steady, settledAt } = this.program;
    for (let start = 0; start < bars.length; ) {
      const next = memory[at]!;
      const isBlockStart = next % BLOCK === 0;
      const count = Math.min(BLOCK - (next % BLOCK), bars.length - start);
      const settling = Math.min(count, Math.max(isBlockStart ? 1 : 0, settledAt - next));
      this.loadRings(memory, at);
      for (const step of run) step(memory, at, this.work, fields, start, 0, settling, out);
      for (const step of steady) step(memory, at, this.work, fields, start, settling, count, out);
      memory[at]! += count;
      this.saveRings(memory, at, count);
      start += count;
    }
  }

  /** A copy of a series' state. */
  save(series: number): Float64Array {
    return this.memory.slice(series * this.stride, (series + 1) * this.stride);
  }

  /** Puts a saved state back. Errors: a state of another engine's size. */
  restore(series: number, state: Float64Array): void {
    if (state.length !== this.stride) throw new Error(`a state of ${state.length} numbers, expected ${this.stride}`);
    this.memory.set(state, series * this.stride);
  }

  /** Brings the last values of every ring before bar 0 of the workspace. */
  private loadRings(memory: Float64Array, at: number): void {
    const { rings } = this;
    const work = this.work!;
    const next = memory[at]! | 0;
    for (let ring = 0; ring < rings.length; ring += 3) {
      const from = at + rings[ring]!;
      const mask = rings[ring + 1]!;
      const to = rings[ring + 2]!;
      for (let back = 1; back <= mask; back += 1) work[to - back] = memory[from + ((next - back) & mask)]!;
    }
  }

  private saveRings(memory: Float64Array, at: number, count: number): void {
    const { rings } = this;
    const work = this.work!;
    const next = memory[at]! | 0;
    for (let ring = 0; ring < rings.length; ring += 3) {
      const to = at + rings[ring]!;
      const mask = rings[ring + 1]!;
      const from = rings[ring + 2]! + count;
      for (let back = 1; back <= mask + 1; back += 1) memory[to + ((next - back) & mask)] = work[from - back]!;
    }
  }
}
