import type { z } from 'zod';
import { acceptedAt, keysAt } from './describe-schema.ts';
import { nearestOf } from './nearest.ts';

/** Longest value quoted in full. */
const MAX_QUOTED = 80;

/**
 * One line for every problem zod found: the path, the value, what is accepted, and where the value came from.
 * `sourceOf` names the file or variable that set a dotted path.
 */
export function configProblems(
  schema: z.ZodType,
  error: z.ZodError,
  input: unknown,
  sourceOf: (path: string) => string | undefined,
): readonly string[] {
  return error.issues.flatMap((issue) => {
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.map((key) => unknownKey(schema, issue.path, key, from(sourceOf, [...issue.path, key])));
    }
    const path = dotted(issue.path);
    const value = issue.code === 'custom' && issue.params ? issue.params.value : valueAt(input, issue.path);
    const origin = from(sourceOf, issue.path);
    const declared = issue.code === 'custom' ? null : acceptedAt(schema, issue.path);
    const accepted = declared ?? issue.message;
    return [`${path}: ${quoted(value)} is not accepted${origin}; ${accepted} is`];
  });
}

function unknownKey(schema: z.ZodType, parent: readonly PropertyKey[], key: string, origin: string): string {
  const known = keysAt(schema, parent);
  const nearest = nearestOf(key, known);
  const hint =
    nearest === null ? `the keys there are ${known.join(', ')}` : `did you mean "${dotted([...parent, nearest])}"?`;
  return `${dotted([...parent, key])}: no such key${origin}; ${hint}`;
}

/** The source of a path, or of the first value set below it. */
function from(sourceOf: (path: string) => string | undefined, path: readonly PropertyKey[]): string {
  for (let length = path.length; length > 0; length -= 1) {
    const source = sourceOf(dotted(path.slice(0, length)));
    if (source !== undefined) return ` (${source})`;
  }
  return '';
}

const dotted = (path: readonly PropertyKey[]): string => path.map(String).join('.');

function valueAt(input: unknown, path: readonly PropertyKey[]): unknown {
  let current = input;
  for (const key of path) current = (current as Record<PropertyKey, unknown> | null | undefined)?.[key];
  return current;
}

function quoted(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > MAX_QUOTED ? `${text.slice(0, MAX_QUOTED)}…` : text;
}
