import { readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { importsOf } from './lib/imports.ts';
import { packageNames, type SourceFile, sourceFiles, type Violation } from './lib/source-files.ts';

/**
 * No file imports itself through others, in or across packages; type-only imports count, for they tie concepts
 * together as firmly. Cycles are the strongly connected components of the import graph (Tarjan, 1972).
 */
export function importCycleGate(root: string): readonly Violation[] {
  const faces = publicFaces(root);
  const graph = new Map<string, readonly string[]>();
  for (const file of sourceFiles(root, ['packages'])) graph.set(file.path, targetsOf(file, faces));
  return stronglyConnected(graph).map((cycle) => ({
    file: cycle[0] as string,
    line: 1,
    message: `import cycle: ${[...cycle, cycle[0]].join(' -> ')}`,
  }));
}

function publicFaces(root: string): ReadonlyMap<string, string> {
  const faces = new Map<string, string>();
  for (const name of packageNames(root)) {
    const folder = `packages/${name}`;
    const manifest = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8')) as {
      name?: string;
      exports?: Record<string, string>;
    };
    for (const [entry, target] of Object.entries(manifest.exports ?? {})) {
      faces.set(posix.join(manifest.name ?? name, entry), posix.join(folder, target));
    }
  }
  return faces;
}

function targetsOf(file: SourceFile, faces: ReadonlyMap<string, string>): readonly string[] {
  return importsOf(file).flatMap(({ specifier }) => {
    if (specifier.startsWith('.')) return [posix.join(posix.dirname(file.path), specifier)];
    return faces.get(specifier) ?? [];
  });
}

/** The strongly connected components with more than one file, and files that import themselves. */
function stronglyConnected(graph: ReadonlyMap<string, readonly string[]>): readonly (readonly string[])[] {
  const order = new Map<string, number>();
  const low = new Map<string, number>();
  const stack: string[] = [];
  const onStack = new Set<string>();
  const components: string[][] = [];
  const connect = (node: string): void => {
    order.set(node, order.size);
    low.set(node, order.get(node) as number);
    stack.push(node);
    onStack.add(node);
    for (const next of graph.get(node) ?? []) {
      if (!graph.has(next)) continue;
      if (!order.has(next)) connect(next);
      if (onStack.has(next)) low.set(node, Math.min(low.get(node) as number, low.get(next) as number));
    }
    if (low.get(node) !== order.get(node)) return;
    const component = stack.splice(stack.indexOf(node));
    for (const member of component) onStack.delete(member);
    if (component.length > 1 || graph.get(node)?.includes(node)) components.push(component);
  };
  for (const node of graph.keys()) if (!order.has(node)) connect(node);
  return components;
}
