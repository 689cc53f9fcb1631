import { BAR_FIELDS, type Kernel, type Node } from '../graph/node.ts';
import { REBUILD_BARS } from '../graph/windows.ts';

/** Where a node's values of this and earlier bars are kept: a ring of `mask + 1` numbers of the series' memory. */
export interface Ring {
  readonly node: Node;
  /** Offset in the series' memory. */
  readonly at: number;
  /** Capacity - 1; the capacity is a power of two greater than the deepest look back. */
  readonly mask: number;
  /** Offset of bar 0 of a block in the workspace of bulk runs; `mask + 1` earlier values stand before it. */
  readonly workAt: number;
}

/** Kernels that run together: one generated function. */
export interface Chunk {
  readonly kernels: readonly Kernel[];
}

export interface Plan {
  readonly columns: readonly Node[];
  readonly chunks: readonly Chunk[];
  /** By node; a node without a ring lives and dies within a bar of its chunk. */
  readonly rings: ReadonlyMap<Node, Ring>;
  /** Offset of each state name, by kernel. */
  readonly states: ReadonlyMap<Kernel, ReadonlyMap<string, number>>;
  /** Offset of each kernel's region. */
  readonly regions: ReadonlyMap<Kernel, number>;
  /** Position of each field in a bar's row, for the fields in use. */
  readonly fields: ReadonlyMap<Kernel, number>;
  /** Numbers of memory a series takes. */
  readonly stride: number;
  readonly workSize: number;
  readonly largestRegion: number;
}

/** Bars a bulk run takes at a time; blocks begin where running sums are made anew. */
export const BLOCK = REBUILD_BARS;

/**
 * Orders the kernels behind `columns` so that each comes after its inputs, cuts them into chunks of about
 * `chunkSize` characters of code, and gives everything its place in memory. Slot 0 of a series counts its bars.
 */
export function plan(columns: readonly Node[], chunkSize: number): Plan {
  const order = topological(columns);
  const chunks = cut(order, chunkSize);
  const chunkOf = new Map(chunks.flatMap((chunk, index) => chunk.kernels.map((kernel) => [kernel, index] as const)));
  let at = 1;
  const states = new Map<Kernel, ReadonlyMap<string, number>>();
  const regions = new Map<Kernel, number>();
  const fields = new Map<Kernel, number>();
  let largestRegion = 0;
  for (const kernel of order) {
    states.set(kernel, new Map(Object.keys(kernel.state).map((name) => [name, at++] as const)));
    if (kernel.field !== null) fields.set(kernel, BAR_FIELDS.indexOf(kernel.field));
    if (kernel.region === null) continue;
    regions.set(kernel, at);
    at += kernel.region.size;
    largestRegion = Math.max(largestRegion, kernel.region.size);
  }
  const rings = new Map<Node, Ring>();
  let workSize = 0;
  for (const [node, depth] of depths(order, chunkOf)) {
    const capacity = 2 ** Math.ceil(Math.log2(depth + 1));
    rings.set(node, { node, at, mask: capacity - 1, workAt: workSize + capacity });
    at += capacity;
    workSize += capacity + BLOCK;
  }
  return { columns, chunks, rings, states, regions, fields, stride: at, workSize, largestRegion };
}

function topological(columns: readonly Node[]): Kernel[] {
  const order: Kernel[] = [];
  const seen = new Set<Kernel>();
  const visit = (kernel: Kernel): void => {
    if (seen.has(kernel)) return;
    seen.add(kernel);
    for (const input of Object.values(kernel.inputs)) visit(input.kernel);
    order.push(kernel);
  };
  for (const column of columns) visit(column.kernel);
  return order;
}

function cut(order: readonly Kernel[], chunkSize: number): Chunk[] {
  const chunks: Kernel[][] = [[]];
  let size = 0;
  for (const kernel of order) {
    const cost = kernel.code.length + 40;
    if (size + cost > chunkSize && size > 0) {
      chunks.push([]);
      size = 0;
    }
    chunks.at(-1)?.push(kernel);
    size += cost;
  }
  return chunks.map((kernels) => ({ kernels }));
}

/** Nodes that need a ring, and how many bars back they are looked at: by history, or by another chunk (0). */
function depths(order: readonly Kernel[], chunkOf: ReadonlyMap<Kernel, number>): Map<Node, number> {
  const found = new Map<Node, number>();
  for (const kernel of order) {
    for (const [name, input] of Object.entries(kernel.inputs)) {
      const depth = kernel.history[name] ?? 0;
      if (depth > 0 || chunkOf.get(input.kernel) !== chunkOf.get(kernel)) {
        found.set(input, Math.max(found.get(input) ?? 0, depth));
      }
    }
  }
  return found;
}
