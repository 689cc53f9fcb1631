import type { z } from 'zod';

/** One key of the configuration as its schema declares it. */
export interface ConfigKey {
  /** Dotted path from the top. */
  readonly path: string;
  /** What may be written, as a noun phrase: `a whole number from 1 to 64`. */
  readonly accepts: string;
  readonly description: string;
}

interface AnySchema {
  readonly def: {
    readonly type: string;
    readonly innerType?: AnySchema;
    readonly element?: AnySchema;
    readonly options?: readonly AnySchema[];
    /** The key whose value tells the options of a union apart. */
    readonly discriminator?: string;
    readonly values?: readonly unknown[];
    readonly format?: string;
    readonly checks?: readonly { readonly _zod: { readonly def: CheckDef } }[];
  };
  readonly description?: string;
  readonly options?: readonly string[];
  readonly minValue?: number | null;
  readonly maxValue?: number | null;
  readonly format?: string | null;
  readonly shape?: Readonly<Record<string, AnySchema>>;
}

interface CheckDef {
  readonly check: string;
  readonly value?: number;
  readonly inclusive?: boolean;
  readonly error?: (issue: unknown) => unknown;
}

const WRAPPERS = new Set(['default', 'prefault', 'optional', 'readonly']);

/** Every leaf key of an object schema, in the order it declares them. */
export function configKeys(schema: z.ZodType, prefix = ''): readonly ConfigKey[] {
  return keysOf(schema as unknown as AnySchema, prefix);
}

/** What the schema accepts at `path`; null where it has no such key. */
export function acceptedAt(schema: z.ZodType, path: readonly PropertyKey[]): string | null {
  const found = schemaAt(schema as unknown as AnySchema, path);
  return found === null ? null : acceptedBy(found);
}

/** The keys an object schema declares at `path`; empty where it is no object. */
export function keysAt(schema: z.ZodType, path: readonly PropertyKey[]): readonly string[] {
  const found = schemaAt(schema as unknown as AnySchema, path);
  return Object.keys((found === null ? null : shapeOf(unwrapped(found))) ?? {});
}

/** Whether the value at `path` is text, so that `123` from the environment stays text. */
export function isTextAt(schema: z.ZodType, path: readonly PropertyKey[]): boolean {
  const found = schemaAt(schema as unknown as AnySchema, path);
  if (found === null) return false;
  const bare = unwrapped(found);
  const type = (bare.def.type === 'nullable' ? unwrapped(bare.def.innerType as AnySchema) : bare).def.type;
  return type === 'string' || type === 'enum';
}

function keysOf(schema: AnySchema, prefix: string): readonly ConfigKey[] {
  const { shape } = unwrapped(schema);
  if (shape === undefined) return [{ path: prefix, accepts: acceptedBy(schema), description: descriptionOf(schema) }];
  return Object.entries(shape).flatMap(([key, inner]) => keysOf(inner, prefix === '' ? key : `${prefix}.${key}`));
}

function schemaAt(schema: AnySchema, path: readonly PropertyKey[]): AnySchema | null {
  let current: AnySchema = schema;
  for (const step of path) {
    const bare = unwrapped(current);
    const next = typeof step === 'number' ? bare.def.element : shapeOf(bare)?.[String(step)];
    if (next === undefined) return null;
    current = next;
  }
  return current;
}

function unwrapped(schema: AnySchema): AnySchema {
  let current = schema;
  while (WRAPPERS.has(current.def.type) && current.def.innerType !== undefined) current = current.def.innerType;
  return current;
}

/** The keys of an object, or of a union of objects: what any of them accepts there. */
function shapeOf(bare: AnySchema): Readonly<Record<string, AnySchema>> | undefined {
  const { discriminator, options = [] } = bare.def;
  if (discriminator === undefined) return bare.shape;
  const shape: Record<string, AnySchema> = {};
  for (const [key, schema] of options.flatMap((option) => Object.entries(unwrapped(option).shape ?? {}))) {
    shape[key] = { def: { type: 'union', options: [...(shape[key]?.def.options ?? []), schema] } };
  }
  return shape;
}

/** The outermost description: a field's own words win over those of the type it is made of. */
function descriptionOf(schema: AnySchema): string {
  let current: AnySchema | undefined = schema;
  while (current !== undefined) {
    if (current.description !== undefined) return current.description;
    current = current.def.innerType;
  }
  return '';
}

function acceptedBy(schema: AnySchema): string {
  const bare = unwrapped(schema);
  switch (bare.def.type) {
    case 'boolean':
      return 'true or false';
    case 'number':
      return acceptedNumber(bare);
    case 'enum':
      return oneOf((bare.options ?? []).map((option) => `"${option}"`));
    case 'nullable':
      return `${acceptedBy(bare.def.innerType as AnySchema)}, or null`;
    case 'array':
      return `a list, each item ${acceptedBy(bare.def.element as AnySchema)}`;
    case 'union':
      return acceptedUnion(bare);
    case 'literal':
      return oneOf((bare.def.values ?? []).map((value) => JSON.stringify(value)));
    case 'object':
      return `an object with the keys ${Object.keys(bare.shape ?? {}).join(', ')}`;
    case 'string':
      return acceptedText(bare);
    default:
      return `a value of type ${bare.def.type}`;
  }
}

function acceptedUnion({ def: { discriminator, options = [] } }: AnySchema): string {
  if (discriminator === undefined) return oneOf([...new Set(options.map(acceptedBy))]);
  return `an object whose ${discriminator}, one of ${options.length}, decides its other keys`;
}

function acceptedText(schema: AnySchema): string {
  if (schema.def.format === 'url') return 'a URL';
  const checks = schema.def.checks ?? [];
  for (const check of checks) {
    const words = check._zod.def.error?.({});
    if (typeof words === 'string') return words;
  }
  return checks.some((check) => check._zod.def.check === 'min_length') ? 'text, not empty' : 'text';
}

function acceptedNumber(schema: AnySchema): string {
  const checks = (schema.def.checks ?? []).map((check) => check._zod.def);
  const isWhole = schema.format === 'safeint';
  const multiple = checks.find((check) => check.check === 'multiple_of')?.value;
  const isOpenBelow = checks.some((check) => check.check === 'greater_than' && check.inclusive === false);
  const low = bound(schema.minValue);
  const high = bound(schema.maxValue);
  let words = isWhole ? 'a whole number' : 'a number';
  if (isOpenBelow && low !== null) words += ` above ${low}`;
  else if (low !== null && high !== null) return `${words} from ${low} to ${high}${multipleWords(multiple)}`;
  else if (low !== null) words += ` of ${low} or more`;
  if (high !== null) words += `${isOpenBelow ? ' and' : ''} up to ${high}`;
  return words + multipleWords(multiple);
}

const multipleWords = (multiple: number | undefined): string =>
  multiple === undefined ? '' : `, a multiple of ${multiple}`;

/** A limit somebody chose: not the edge of what a number can be. */
function bound(value: number | null | undefined): number | null {
  return value === null || value === undefined || Math.abs(value) >= Number.MAX_SAFE_INTEGER ? null : value;
}

function oneOf(words: readonly string[]): string {
  return words.length < 2 ? (words[0] ?? '') : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`;
}
