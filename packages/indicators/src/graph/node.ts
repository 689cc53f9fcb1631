/**
 * The definition of a value that exists once a bar: a node. Nodes form a graph from the bar's own fields to the
 * columns; equal nodes are the same object, so that columns share their work without knowing of each other.
 *
 * What a node does on a bar is written once, as a kernel: a few statements in JavaScript over names that start with
 * `$`. The compiler turns the kernels of the wanted columns into functions: one that advances many series by a bar, and
 * one that runs a series over many bars. In a kernel's code
 *
 *   `n`            index of the bar in its series, from 0
 *   `$x`           value of input `x` on this bar
 *   `$x[k]`        its value k bars ago, 0 <= k <= the depth that `history` states (k may be any expression)
 *   `$s`           state `s`: what it was left at on the bar before (its initial value on the first bar)
 *   `$out`         output `out`, to be assigned on every bar; NaN means that there is no value
 *   `FIRST`        index of the first bar on which every input has a value
 *
 * Code must not keep anything anywhere else: state is what is saved, restored and, for a forming bar, left alone.
 */
export interface Node {
  readonly kernel: Kernel;
  readonly output: string;
  /** Index of the first bar with a value. */
  readonly first: number;
  /** May lack a value later than `first`: it depends on sessions or events. */
  readonly isSparse: boolean;
}

/**
 * A stretch of numbers of a kernel's own and the function that works on it, for kernels too large for inline code.
 * `run` reads and writes `memory[at] .. memory[at + size - 1]` only, and puts one number an output into `out`.
 */
export interface Region {
  readonly size: number;
  /** Writes the initial contents; zeros without it. */
  readonly initialise?: (memory: Float64Array, at: number) => void;
  readonly run: (memory: Float64Array, at: number, n: number, out: Float64Array, ...inputs: number[]) => void;
}

export interface Kernel {
  readonly id: number;
  readonly name: string;
  readonly inputs: Readonly<Record<string, Node>>;
  /** How many bars back an input is looked at, by input name. */
  readonly history: Readonly<Record<string, number>>;
  /** Initial values by name. */
  readonly state: Readonly<Record<string, number>>;
  readonly outputs: readonly string[];
  readonly code: string;
  readonly region: Region | null;
  /** The bar's field that this kernel reads; null for all others. */
  readonly field: BarField | null;
  /** Index of the first bar on which every input has a value. */
  readonly ready: number;
}

/** The fields of a bar, in the order in which rows hold them. */
export const BAR_FIELDS = [
  'open',
  'high',
  'low',
  'close',
  'volume',
  /** Close of the benchmark index at that minute, or the last one before; NaN when there is none. */
  'bench',
  /** A number that grows with each session: equal on all bars of a session. */
  'session',
  /** Minute of the day by the exchange's clock, 0..1439. */
  'minuteOfDay',
  /** Minutes of trading since the session's first minute, 0 for that one. */
  'minuteOfSession',
  /** Smallest price step, rupees. */
  'tick',
] as const;
export type BarField = (typeof BAR_FIELDS)[number];

export interface KernelSpec {
  /** With `parameters` and `inputs` it identifies the kernel: other code needs another name. */
  readonly name: string;
  readonly parameters?: readonly (number | string)[];
  readonly inputs: Readonly<Record<string, Node>>;
  readonly history?: Readonly<Record<string, number>>;
  readonly state?: Readonly<Record<string, number>>;
  /** How many bars after `FIRST` each output has its first value. */
  readonly outputs: Readonly<Record<string, number | OutputTiming>>;
  readonly code?: string;
  readonly region?: Region;
  readonly field?: BarField;
}

export interface OutputTiming {
  readonly lag: number;
  readonly isSparse: boolean;
}

const kernels = new Map<string, Kernel>();
const nodes = new Map<string, Node>();

/** Makes a kernel, or finds the equal one, and returns its outputs. */
export function kernel<const Outputs extends Readonly<Record<string, number | OutputTiming>>>(
  spec: KernelSpec & { readonly outputs: Outputs },
): { readonly [Name in keyof Outputs]: Node } {
  const { name, parameters = [], inputs, history = {}, state = {}, code = '', region = null } = spec;
  const { field: barField = null } = spec;
  const inputKeys = Object.entries(inputs).map(([input, node]) => `${input}=${node.kernel.id}.${node.output}`);
  const key = `${name}(${parameters.join(',')})[${inputKeys.join(' ')}]`;
  const ready = Math.max(0, ...Object.values(inputs).map((node) => node.first));
  const isSparse = Object.values(inputs).some((node) => node.isSparse);
  let found = kernels.get(key);
  if (found === undefined) {
    const outputs = Object.keys(spec.outputs);
    requireUnique(name, [...Object.keys(inputs), ...Object.keys(state), ...outputs]);
    found = { id: kernels.size, name, inputs, history, state, outputs, code, region, field: barField, ready };
    kernels.set(key, found);
  }
  const made: Record<string, Node> = {};
  for (const [output, timing] of Object.entries(spec.outputs)) {
    const { lag, isSparse: mayLack } = typeof timing === 'number' ? { lag: timing, isSparse: false } : timing;
    made[output] = intern(found, output, ready + lag, isSparse || mayLack);
  }
  return made as { readonly [Name in keyof Outputs]: Node };
}

/** A kernel with the single output `out`, `lag` bars after its inputs. */
export function node(spec: Omit<KernelSpec, 'outputs'> & { readonly lag?: number; readonly isSparse?: boolean }): Node {
  return kernel({ ...spec, outputs: { out: { lag: spec.lag ?? 0, isSparse: spec.isSparse ?? false } } }).out;
}

/**
 * A value computed from others on the same bar: `expression` over the inputs' names with `$`. Has a value when all
 * inputs have one.
 */
export function calc(expression: string, inputs: Readonly<Record<string, Node>>): Node {
  const ready = Math.max(0, ...Object.values(inputs).map((input) => input.first));
  // Arithmetic hands NaN on by itself; a comparison would turn "no value" into an answer.
  const decides = /[?<>!]|===/.test(expression);
  const missing = Object.entries(inputs).flatMap(([name, input]) => (input.isSparse ? [`$${name} !== $${name}`] : []));
  const conditions = [...(ready > 0 ? [`n < ${ready}`] : []), ...missing];
  const guarded = decides && conditions.length > 0 ? `${conditions.join(' || ')} ? NaN : (${expression})` : expression;
  return node({ name: `calc ${expression}`, inputs, code: `$out = ${guarded};` });
}

/** A field of the bar. */
export function field(name: BarField): Node {
  const isSparse = name === 'bench';
  return node({ name: 'field', parameters: [name], inputs: {}, isSparse, field: name });
}

/** The value `bars` bars ago. */
export function ago(x: Node, bars: number): Node {
  return node({
    name: 'ago',
    parameters: [bars],
    inputs: { x },
    history: { x: bars },
    lag: bars,
    code: `$out = n < ${x.first + bars} ? NaN : $x[${bars}];`,
  });
}

function requireUnique(kernelName: string, names: readonly string[]): void {
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw new Error(`${kernelName}: $${twice} is two things`);
}

function intern(of: Kernel, output: string, first: number, isSparse: boolean): Node {
  const key = `${of.id}.${output}`;
  const known = nodes.get(key);
  if (known !== undefined) return known;
  const made: Node = { kernel: of, output, first, isSparse };
  nodes.set(key, made);
  return made;
}

export const open = field('open');
export const high = field('high');
export const low = field('low');
export const close = field('close');
export const volume = field('volume');
export const bench = field('bench');
export const session = field('session');
export const minuteOfDay = field('minuteOfDay');
export const minuteOfSession = field('minuteOfSession');
export const tick = field('tick');
