import { compile, type Program } from '../compile/compile.ts';
import { definitionOf } from '../registry/registry.ts';

/** Programs by their columns, for as long as somebody uses them: engines for the same columns share one. */
const programs = new Map<string, WeakRef<Program>>();

/** The program for columns by name, in that order. Errors: an unknown name. */
export function programOf(columns: readonly string[]): Program {
  const key = columns.join();
  const known = programs.get(key)?.deref();
  if (known !== undefined) return known;
  const program = compile(columns.map((name) => definitionOf(name).node));
  for (const [other, reference] of programs) if (reference.deref() === undefined) programs.delete(other);
  programs.set(key, new WeakRef(program));
  return program;
}
