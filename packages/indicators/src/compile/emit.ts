/**
 * Writes the two functions of a chunk as JavaScript: `advance` takes many series one bar further, `run` takes one
 * series over a block of bars. Both hold the same kernels' code. Offsets are literals and state is in local
 * variables, which is what makes them fast; nothing of the code comes from outside this package.
 */
import type { Kernel, Node } from '../graph/node.ts';
import { BAR_FIELDS } from '../graph/node.ts';
import { REBUILD_BARS } from '../graph/windows.ts';
import type { Chunk, Plan } from './plan.ts';

export interface ChunkSource {
  readonly advance: string;
  readonly run: string;
  /** `run` for bars at and after `settledAt` of which none is a multiple of `REBUILD_BARS`: without their conditions. */
  readonly steady: string;
  readonly settledAt: number;
}

interface Mode {
  /** A ring's number of `k` bars ago; `k` is an expression, '' for this bar. */
  ring(node: Node, k: string): string;
  field(index: number): string;
  state(at: number): string;
  region(kernel: Kernel, at: number, size: number): string;
}

/** `regionIndex` numbers the kernels with regions. */
export function emitChunk(plan: Plan, chunk: Chunk, regionIndex: ReadonlyMap<Kernel, number>): ChunkSource {
  const writer = new ChunkWriter(plan, chunk, regionIndex);
  const run = writer.run();
  return { advance: writer.advance(), run, ...settled(run) };
}

/** A comparison of the bar's index with numbers, by itself between brackets or logical operators. */
const INDEX_TEST = /(?<=[(=?:{;&|]\s*)\bn (>=|<=|<|>|===|!==) (\d+(?: \+ \d+)*)(?=\s*(?:[)?;:}]|&&|\|\|))/g;
const REBUILD_TEST = new RegExp(`\\(n & ${REBUILD_BARS - 1}\\) === 0`, 'g');
/** Conditions on later bars stay: waiting for them would leave nothing to gain. */
const LATEST_SETTLING = 300;

/**
 * The code with every condition decided that depends on nothing but how many bars there have been. It is the same
 * arithmetic; a branch less for each, and no loop that is only there for a rare bar.
 */
function settled(run: string): { steady: string; settledAt: number } {
  let settledAt = 0;
  const steady = run
    .replaceAll(INDEX_TEST, (test, operator: string, sum: string) => {
      const index = sum.split(' + ').reduce((total, part) => total + Number(part), 0);
      if (index > LATEST_SETTLING) return test;
      settledAt = Math.max(settledAt, index + 1);
      return String(operator === '>=' || operator === '>' || operator === '!==');
    })
    .replaceAll(REBUILD_TEST, 'false');
  return { steady, settledAt };
}

class ChunkWriter {
  private readonly plan: Plan;
  private readonly chunk: Chunk;
  private readonly regionIndex: ReadonlyMap<Kernel, number>;

  constructor(plan: Plan, chunk: Chunk, regionIndex: ReadonlyMap<Kernel, number>) {
    this.plan = plan;
    this.chunk = chunk;
    this.regionIndex = regionIndex;
  }

  advance(): string {
    const { columns } = this.plan;
    const mode: Mode = {
      ring: (node, k) => {
        const { at, mask } = this.plan.rings.get(node)!;
        const index = k === '' ? 'n' : `(n - (${k}))`;
        return mask === 0 ? `S[b + ${at}]` : `S[b + ${at} + (${index} & ${mask})]`;
      },
      field: (index) => `bars[r * ${BAR_FIELDS.length} + ${index}]`,
      state: (at) => `S[b + ${at}]`,
      region: (_, at, size) =>
        `let T = S, t = b + ${at}; if (!keep) { spare.set(S.subarray(t, t + ${size})); T = spare; t = 0; }`,
    };
    return `(S, stride, series, count, bars, out, keep) => {
for (let r = 0; r < count; r += 1) {
const b = series[r] * stride, n = S[b] | 0;
${this.imports(mode)}${this.states((name, at) => `let ${name} = ${mode.state(at)};`)}
${this.body(mode, (column, value) => `out[r * ${columns.length} + ${column}] = ${value};`)}
if (keep) {
${this.states((name, at) => `${mode.state(at)} = ${name};`)}
}
}
}`;
  }

  run(): string {
    const mode: Mode = {
      ring: (node, k) => {
        const { workAt } = this.plan.rings.get(node)!;
        return k === '' ? `W[${workAt} + i]` : `W[${workAt} + i - (${k})]`;
      },
      field: (index) => `field${index}[start + i]`,
      state: (at) => `S[b + ${at}]`,
      region: (_, at) => `const T = S, t = b + ${at};`,
    };
    const columns = this.plan.columns.flatMap((node, column) => (this.owns(node) ? [column] : []));
    const fields = this.chunk.kernels.flatMap((kernel) => this.plan.fields.get(kernel) ?? []);
    return `(S, b, W, fields, start, from, to, out) => {
const base = S[b] | 0;
${fields.map((index) => `const field${index} = fields[${index}];`).join('\n')}
${columns.map((column) => `const out${column} = out[${column}];`).join('\n')}
${this.states((name, at) => `let ${name} = ${mode.state(at)};`)}
if (from >= to) return;
${this.touches(fields, columns)}
for (let i = from; i < to; i += 1) {
const n = base + i;
${this.imports(mode)}${this.body(mode, (column, value) => `out${column}[start + i] = ${value};`)}
}
${this.states((name, at) => `${mode.state(at)} = ${name};`)}
}`;
  }

  /**
   * A look at every array before the loop: V8 then knows its kind, place and length from there on. By itself it moves
   * these checks out of small loops only, and would repeat them for every array on every bar.
   */
  private touches(fields: readonly number[], columns: readonly number[]): string {
    const arrays = [...fields.map((index) => `field${index}`), ...columns.map((column) => `out${column}`)];
    return ['W[0];', ...arrays.map((array) => `${array}[start + from];`)].join('\n');
  }

  private owns(node: Node): boolean {
    return this.chunk.kernels.includes(node.kernel);
  }

  /** Values of this bar that other chunks have computed. */
  private imports(mode: Mode): string {
    const foreign = new Set(
      this.chunk.kernels.flatMap((kernel) => Object.values(kernel.inputs).filter((input) => !this.owns(input))),
    );
    return [...foreign].map((node) => `const ${variable(node)} = ${mode.ring(node, '')};\n`).join('');
  }

  private states(line: (name: string, at: number) => string): string {
    return this.chunk.kernels
      .flatMap((kernel) => [...this.plan.states.get(kernel)!].map(([name, at]) => line(`s${kernel.id}_${name}`, at)))
      .join('\n');
  }

  private body(mode: Mode, output: (column: number, value: string) => string): string {
    return this.chunk.kernels
      .map((kernel) => {
        const nodes = kernel.outputs.map((name) => ({ name, node: nodeOf(this.plan, kernel, name) }));
        const declared = kernel.outputs.map((name) => `v${kernel.id}_${name} = NaN`);
        const rings = nodes.flatMap(({ node }) =>
          node !== undefined && this.plan.rings.has(node) ? [`${mode.ring(node, '')} = ${variable(node)};`] : [],
        );
        const columns = this.plan.columns.flatMap((column, index) =>
          column.kernel === kernel ? [output(index, variable(column))] : [],
        );
        return `let ${declared.join(', ')};\n{ ${this.code(kernel, mode)} }\n${[...rings, ...columns].join('\n')}`;
      })
      .join('\n');
  }

  private code(kernel: Kernel, mode: Mode): string {
    if (kernel.field !== null) return `v${kernel.id}_out = ${mode.field(this.plan.fields.get(kernel)!)};`;
    if (kernel.region === null) return expand(kernel, (node, k) => mode.ring(node, k));
    const inputs = Object.values(kernel.inputs).map(variable);
    const call = `run${this.regionIndex.get(kernel)}(T, t, n, results${inputs.map((input) => `, ${input}`).join('')});`;
    const results = kernel.outputs.map((name, index) => `v${kernel.id}_${name} = results[${index}];`);
    return [mode.region(kernel, this.plan.regions.get(kernel)!, kernel.region.size), call, ...results].join('\n');
  }
}

function nodeOf(plan: Plan, kernel: Kernel, output: string): Node | undefined {
  for (const node of plan.rings.keys()) if (node.kernel === kernel && node.output === output) return node;
  return undefined;
}

function variable(node: Node): string {
  return `v${node.kernel.id}_${node.output}`;
}

/** A kernel's code with its names resolved. Errors: an unknown name, an input looked back at without `history`. */
function expand(kernel: Kernel, ring: (node: Node, k: string) => string): string {
  const { code, inputs, state, outputs, history, id, name } = kernel;
  let result = '';
  let rest = code;
  for (let match = NAME.exec(rest); match !== null; match = NAME.exec(rest)) {
    const word = match[1]!;
    result += rest.slice(0, match.index);
    rest = rest.slice(match.index + match[0].length);
    const input = inputs[word];
    if (rest.startsWith('[')) {
      const end = closing(rest);
      if (input === undefined || history[word] === undefined) throw new Error(`${name}: $${word} has no history`);
      result += ring(input, expandIndex(rest.slice(1, end)));
      rest = rest.slice(end + 1);
    } else if (input !== undefined) result += variable(input);
    else if (word in state) result += `s${id}_${word}`;
    else if (outputs.includes(word)) result += `v${id}_${word}`;
    else throw new Error(`${name}: $${word} is unknown`);
  }
  return (result + rest).replaceAll(/\bFIRST\b/g, String(kernel.ready));

  function expandIndex(index: string): string {
    return index.includes('$') ? expand({ ...kernel, code: index }, ring) : index;
  }
}

const NAME = /\$([A-Za-z_]\w*)/;

function closing(text: string): number {
  let depth = 0;
  for (let at = 0; at < text.length; at += 1) {
    if (text[at] === '[') depth += 1;
    else if (text[at] === ']' && --depth === 0) return at;
  }
  throw new Error(`unclosed [ in ${text}`);
}
