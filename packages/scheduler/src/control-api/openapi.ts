import { z } from 'zod';
import { errorSchema } from './answers.ts';
import type { AnswerSpec, Route } from './route.ts';

type Json = Readonly<Record<string, unknown>>;

/** Errors that every route can answer with. */
const COMMON: Readonly<Record<number, string>> = {
  400: 'The request cannot be understood.',
  403: 'The host or the origin of the request is not allowed.',
  429: 'Too many requests.',
  500: 'The server failed.',
};
const WITH_TOKEN: Readonly<Record<number, string>> = { 401: 'The token is missing or wrong.' };
const WITH_BODY: Readonly<Record<number, string>> = { 413: 'The body is too large.', 415: 'The body is not JSON.' };

/** The API as an OpenAPI 3.1 document, from the routes' own schemas. */
export function openApiDocument(routes: readonly Route[], version: string): Json {
  const schemas = new SchemaCollector();
  const paths: Record<string, Record<string, unknown>> = {};
  for (const route of routes) {
    paths[route.path] = { ...paths[route.path], [route.method]: operationOf(route, schemas) };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'RTP control API',
      version,
      description: 'State and control of the real-time NSE market data pipeline on this machine.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    paths,
    components: {
      schemas: schemas.all(),
      securitySchemes: { token: { type: 'http', scheme: 'bearer' } },
    },
  };
}

function operationOf(route: Route, schemas: SchemaCollector): Json {
  const { method, path, summary, needsToken, query, body } = route;
  const errors = {
    ...COMMON,
    // A public address asks for the token on every route but one.
    ...(path === '/health' ? {} : WITH_TOKEN),
    ...(body === undefined ? {} : WITH_BODY),
  };
  return {
    operationId: `${method}${path.replace(/[^A-Za-z]+(.?)/g, (_all, next: string) => next.toUpperCase())}`,
    summary,
    ...(needsToken ? { security: [{ token: [] }] } : {}),
    parameters: [...pathParameters(path), ...queryParameters(query, schemas)],
    ...(body === undefined ? {} : { requestBody: { content: { 'application/json': { schema: schemas.use(body) } } } }),
    responses: {
      ...Object.fromEntries(Object.entries(errors).map(([status, text]) => [status, errorAnswer(text, schemas)])),
      ...Object.fromEntries(Object.entries(route.answers).map(([status, spec]) => [status, answerOf(spec, schemas)])),
    },
  };
}

function answerOf({ description, schema, textType }: AnswerSpec, schemas: SchemaCollector): Json {
  if (schema === undefined && textType === undefined) return errorAnswer(description, schemas);
  return {
    description,
    content: {
      ...(schema === undefined ? {} : { 'application/json': { schema: schemas.use(schema) } }),
      ...(textType === undefined ? {} : { [textType]: { schema: { type: 'string' } } }),
    },
  };
}

const errorAnswer = (description: string, schemas: SchemaCollector): Json => ({
  description,
  content: { 'application/json': { schema: schemas.use(errorSchema) } },
});

const pathParameters = (path: string): Json[] =>
  [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }));

function queryParameters(query: z.ZodObject | undefined, schemas: SchemaCollector): Json[] {
  return Object.entries(query?.shape ?? {}).map(([name, schema]) => ({
    name,
    in: 'query',
    required: !schema.safeParse(undefined).success,
    schema: schemas.use(schema as z.ZodType),
  }));
}

/** The schemas of the document: those with a name stand among its components and are referred to. */
class SchemaCollector {
  private readonly named = new Map<string, Json>();

  use(schema: z.ZodType): Json {
    const made = z.toJSONSchema(schema, { target: 'draft-2020-12', io: 'input' }) as Record<string, unknown>;
    const { $defs = {}, $schema: _dialect, ...own } = made;
    for (const [name, part] of Object.entries($defs as Record<string, Json>)) this.add(name, part);
    const name = schema.meta()?.id;
    if (name === undefined) return pointed(own);
    // A named schema may come as a reference to itself among the definitions.
    if (!('$ref' in own)) this.add(name, own);
    return { $ref: `#/components/schemas/${name}` };
  }

  all(): Json {
    return Object.fromEntries([...this.named].sort(([a], [b]) => a.localeCompare(b)));
  }

  private add(name: string, schema: Json): void {
    const { id: _id, $id: _uri, ...rest } = schema;
    this.named.set(name, pointed(rest));
  }
}

/** The same with every reference to a named schema pointing at the document's components. */
function pointed(schema: Json): Json {
  const text = JSON.stringify(schema).replaceAll('"#/$defs/', '"#/components/schemas/');
  return JSON.parse(text) as Json;
}
