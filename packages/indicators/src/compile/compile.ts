import type { Kernel, Node, Region } from '../graph/node.ts';
import { emitChunk } from './emit.ts';
import { type Plan, plan } from './plan.ts';

/** Takes `count` series one bar further; leaves their state as it was unless `keep`. */
export type Advance = (
  memory: Float64Array,
  stride: number,
  series: Int32Array,
  count: number,
  bars: Float64Array,
  out: Float64Array,
  keep: boolean,
) => void;

/**
 * Takes the series at `at` over bars `from` up to `to` of a block, which begins at position `start` of the fields' and
 * columns' arrays.
 */
export type Run = (
  memory: Float64Array,
  at: number,
  work: Float64Array,
  fields: readonly (Float64Array | undefined)[],
  start: number,
  from: number,
  to: number,
  out: readonly Float64Array[],
) => void;

export interface Program {
  readonly plan: Plan;
  readonly advance: readonly Advance[];
  readonly run: readonly Run[];
  /** The same, faster, for bars from `settledAt` on that are no multiple of `REBUILD_BARS`. */
  readonly steady: readonly Run[];
  readonly settledAt: number;
  /** Memory of a series before its first bar. */
  readonly initial: Float64Array;
  /** Of every `run`: it tells the layout of the memory, too. */
  readonly code: string;
}

/** Characters of kernel code in one function. V8 optimises functions of this size well; larger ones worse, or not. */
export const CHUNK_SIZE = 4_000;

/** Compiles what `columns` need, and nothing else. */
export function compile(columns: readonly Node[], chunkSize: number = CHUNK_SIZE): Program {
  const made = plan(columns, chunkSize);
  const withRegion = [...made.regions.keys()];
  const regionIndex = new Map(withRegion.map((kernel, index) => [kernel, index] as const));
  const sources = made.chunks.map((chunk) => emitChunk(made, chunk, regionIndex));
  const scope = new Scope(
    withRegion.map((kernel) => kernel.region!),
    made.largestRegion,
  );
  return {
    plan: made,
    advance: sources.map(({ advance }) => scope.evaluate(advance) as Advance),
    run: sources.map(({ run }) => scope.evaluate(run) as Run),
    steady: sources.map(({ steady }) => scope.evaluate(steady) as Run),
    settledAt: Math.max(0, ...sources.map(({ settledAt }) => settledAt)),
    initial: initialMemory(made, withRegion),
    code: sources.map(({ run }) => run).join('\n'),
  };
}

/** What generated functions see besides their arguments. */
class Scope {
  private readonly names: string[];
  private readonly values: unknown[];

  constructor(regions: readonly Region[], largestRegion: number) {
    this.names = ['spare', 'results', ...regions.map((_, index) => `run${index}`)];
    this.values = [new Float64Array(largestRegion), new Float64Array(64), ...regions.map((region) => region.run)];
  }

  evaluate(source: string): unknown {
    return new Function(...this.names, `'use strict'; return ${source};`)(...this.values);
  }
}

function initialMemory(made: Plan, withRegion: readonly Kernel[]): Float64Array {
  const memory = new Float64Array(made.stride);
  for (const [kernel, states] of made.states) for (const [name, at] of states) memory[at] = kernel.state[name]!;
  for (const kernel of withRegion) kernel.region?.initialise?.(memory, made.regions.get(kernel)!);
  return memory;
}
