import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ROUTES } from '@rtp/scheduler';
import { Validator } from '@seriousme/openapi-schema-validator';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { ControlRig } from './support/control-rig.ts';

interface Document {
  readonly openapi: string;
  readonly paths: Record<
    string,
    Record<
      string,
      {
        readonly responses: Record<string, { readonly content?: Record<string, { schema: object }> }>;
        readonly security?: unknown;
      }
    >
  >;
  readonly components: { readonly schemas: Record<string, object> };
}

let rig: ControlRig;
let document: Document;

beforeAll(async () => {
  rig = await new ControlRig({ operationTimeoutMs: 200 }).start();
  document = (await (await rig.fetch('/openapi.json')).json()) as Document;
});
afterAll(() => rig.stop());

/** Checks an answer against what the document says of it; resolves with its status. */
async function documented(method: string, path: string, answer: Response, template = path): Promise<number> {
  const spec = document.paths[template]?.[method]?.responses[String(answer.status)];
  if (spec === undefined) throw new Error(`${method} ${template} answered ${answer.status}, which is not documented`);
  const type = (answer.headers.get('content-type') ?? '').split(';')[0] ?? '';
  const content = spec.content?.[type];
  if (content === undefined) throw new Error(`${method} ${template} ${answer.status} is not documented as ${type}`);
  if (type !== 'application/json') return answer.status;
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  addFormats.default(ajv);
  ajv.addSchema({ $id: 'api', components: document.components });
  const schema = JSON.parse(JSON.stringify(content.schema).replaceAll('"#/components', '"api#/components')) as object;
  const validate = ajv.compile(schema);
  const body: unknown = await answer.json();
  if (!validate(body)) throw new Error(`${method} ${path}: ${ajv.errorsText(validate.errors)}`);
  return answer.status;
}

describe('the OpenAPI document', () => {
  test('is valid OpenAPI 3.1', async () => {
    const result = await new Validator().validate(structuredClone(document) as never);
    expect(result.errors ?? []).toEqual([]);
    expect(document.openapi).toBe('3.1.0');
  });

  test('has every route and no other', () => {
    const documentedRoutes = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method} ${path}`),
    );
    expect(documentedRoutes.sort()).toEqual(ROUTES.map(({ method, path }) => `${method} ${path}`).sort());
  });

  test('says which routes need the token', () => {
    for (const { method, path, needsToken } of ROUTES) {
      expect([path, document.paths[path]?.[method]?.security !== undefined]).toEqual([path, needsToken]);
    }
  });

  test.each(['/', '/status', '/health', '/metrics', '/config', '/operations', '/openapi.json'])(
    'describes what GET %s answers',
    async (path) => {
      expect(await documented('get', path, await rig.fetch(path))).toBe(200);
    },
  );

  test('describes the text for Prometheus', async () => {
    expect(
      await documented('get', '/metrics', await rig.fetch('/metrics', { headers: { accept: 'text/plain' } })),
    ).toBe(200);
  });

  test('describes health that is not good', async () => {
    rig.health = { status: 'failed', reasons: ['store is fatal: gone'] };
    expect(await documented('get', '/health', await rig.fetch('/health'))).toBe(503);
    rig.health = { status: 'healthy', reasons: [] };
  });

  test('describes every answer of an operation', async () => {
    const post = (path: string, init = {}): Promise<Response> => rig.fetch(path, { method: 'POST', ...init });
    expect(await documented('post', '/stop', await post('/stop'))).toBe(202);
    expect(await documented('post', '/start', await post('/start'))).toBe(409);
    rig.turn();
    expect(await documented('post', '/stop', await post('/stop'))).toBe(200);
    expect(await documented('post', '/start', await post('/start?wait=1'))).toBe(503);
    const [{ id = '' } = {}] = rig.operations.all;
    expect(await documented('get', `/operations/${id}`, await rig.fetch(`/operations/${id}`), '/operations/{id}')).toBe(
      200,
    );
    expect(await documented('get', '/operations/none', await rig.fetch('/operations/none'), '/operations/{id}')).toBe(
      404,
    );
  });

  test('describes refusals', async () => {
    const post = (init: object): Promise<Response> => rig.fetch('/stop', { method: 'POST', ...init });
    expect(await documented('post', '/stop', await post({ token: null }))).toBe(401);
    expect(await documented('post', '/stop', await post({ headers: { origin: 'http://evil.example' } }))).toBe(403);
    expect(
      await documented('post', '/stop', await post({ body: 'x', headers: { 'content-type': 'text/plain' } })),
    ).toBe(415);
    const large = JSON.stringify({ x: 'y'.repeat(5_000) });
    expect(
      await documented('post', '/stop', await post({ body: large, headers: { 'content-type': 'application/json' } })),
    ).toBe(413);
    expect(await documented('get', '/status', await rig.fetch('/status?x=1'))).toBe(400);
    rig.failure = new Error('broken');
    expect(await documented('get', '/status', await rig.fetch('/status'))).toBe(500);
    rig.failure = null;
  });
});

describe('metrics for Prometheus', () => {
  test('follow its conventions: a type and help each, base units, counters end in _total, labels are bounded', async () => {
    const answer = await rig.fetch('/metrics', { headers: { accept: 'text/plain;version=0.0.4' } });
    expect(answer.headers.get('content-type')).toContain('text/plain; version=0.0.4');
    const lines = (await answer.text()).split('\n').filter((one) => one !== '');
    const types = new Map(
      lines.flatMap((one) => (one.startsWith('# TYPE ') ? [one.slice(7).split(' ') as [string, string]] : [])),
    );
    const helps = new Set(lines.flatMap((one) => (one.startsWith('# HELP ') ? [one.slice(7).split(' ')[0]] : [])));
    expect(types.size).toBeGreaterThan(15);
    expect([...types.keys()].filter((name) => !helps.has(name) || !/^rtp_[a-z0-9_]+$/.test(name))).toEqual([]);
    for (const [name, type] of types) expect([name, name.endsWith('_total')]).toEqual([name, type === 'counter']);
    expect([...types.keys()].filter((name) => /_(ms|millis|mb|kb|percent)(_|$)/.test(name))).toEqual([]);
    const samples = lines.filter((one) => !one.startsWith('#'));
    const shape = /^([a-z0-9_]+)(\{([a-z_]+="[^"]*",?)+\})? (-?[0-9.e+-]+|NaN|\+Inf)$/;
    expect(samples.filter((one) => !shape.test(one) || !types.has(shape.exec(one)?.[1] ?? ''))).toEqual([]);
    expect(new Set(samples.map((one) => one.split(' ')[0])).size).toBe(samples.length);
    const labels = new Set(samples.flatMap((one) => [...one.matchAll(/([a-z_]+)="/g)].map(([, name]) => name)));
    expect([...labels].sort()).toEqual(['component', 'part', 'reason', 'state']);
    expect(samples).toContain('rtp_pipeline_minutes_sealed_total 45');
    expect(samples).toContain('rtp_component_state{component="store",state="ready"} 1');
    expect(samples).toContain('rtp_pipeline_seal_to_ack_p99_seconds 0.12');
  });
});
