import { z } from 'zod';
import type { OperationAction } from '../operations/operation.ts';
import { operationView } from '../operations/operation.ts';
import {
  emptyBodySchema,
  healthSchema,
  indexSchema,
  operationAnswerSchema,
  operationsSchema,
  statusSchema,
  waitQuerySchema,
} from './answers.ts';
import { configAnswerSchema } from './config-view.ts';
import { metricsSchema } from './metrics-view.ts';
import { openApiDocument } from './openapi.ts';
import type { ControlApiSource, Route, RouteRequest } from './route.ts';

/** Every route, in the order in which `GET /` lists them. */
export const ROUTES: readonly Route[] = [
  {
    method: 'get',
    path: '/',
    summary: 'What this is and its routes',
    needsToken: false,
    answers: { 200: { description: 'The routes.', schema: indexSchema } },
    answer: ({ version }) => ({
      status: 200,
      body: {
        name: 'RTP control API',
        description: 'State and control of the real-time NSE market data pipeline',
        version,
        routes: ROUTES.map(({ method, path, summary }) => ({ method: method.toUpperCase(), path, summary })),
      },
    }),
  },
  {
    method: 'get',
    path: '/status',
    summary: 'Everything: market, scheduler, pipeline, store, coverage, components',
    needsToken: false,
    answers: { 200: { description: 'Everything known.', schema: statusSchema } },
    answer: async (source) => ({ status: 200, body: await source.status() }),
  },
  {
    method: 'get',
    path: '/health',
    summary: '200 when healthy, 503 when not, with the reasons',
    needsToken: false,
    answers: {
      200: { description: 'Healthy.', schema: healthSchema },
      503: { description: 'Not healthy.', schema: healthSchema },
    },
    answer: (source) => {
      const { status, reasons } = source.health();
      return { status: status === 'healthy' ? 200 : 503, body: { status, reasons } };
    },
  },
  {
    method: 'get',
    path: '/metrics',
    summary: 'Metrics as JSON, or for Prometheus when the client prefers text',
    needsToken: false,
    answers: { 200: { description: 'The metrics.', schema: metricsSchema, textType: 'text/plain' } },
    answer: async (source, { prefersText }) => {
      const { view, report } = source.metrics();
      if (!prefersText) return { status: 200, body: view };
      // Loaded when first asked for: it costs memory that nobody needs who reads JSON.
      const { PROMETHEUS_TYPE, prometheusText } = await import('./prometheus-text.ts');
      return { status: 200, body: await prometheusText(view, report), type: PROMETHEUS_TYPE };
    },
  },
  {
    method: 'get',
    path: '/config',
    summary: 'The effective configuration, without secrets and paths',
    needsToken: true,
    answers: { 200: { description: 'The told part of the configuration.', schema: configAnswerSchema } },
    answer: (source) => ({ status: 200, body: source.config() }),
  },
  {
    method: 'get',
    path: '/events',
    summary: 'Live events (server-sent), resumable by Last-Event-ID',
    needsToken: false,
    answers: { 200: { description: 'The stream.', textType: 'text/event-stream' } },
    answer: 'events',
  },
  control('start', 'Start the pipeline: lifts a manual stop; out of hours it runs until it has nothing left to do'),
  control('stop', 'Stop the pipeline until the next session is prepared, or a start'),
  control('restart', 'Restart the pipeline'),
  {
    method: 'get',
    path: '/operations',
    summary: 'The newest operations',
    needsToken: false,
    answers: { 200: { description: 'Oldest first.', schema: operationsSchema } },
    answer: ({ operations }) => ({ status: 200, body: { operations: operations.all.map(operationView) } }),
  },
  {
    method: 'get',
    path: '/operations/{id}',
    summary: 'One operation',
    needsToken: false,
    query: waitQuerySchema,
    answers: {
      200: { description: 'The operation.', schema: operationAnswerSchema },
      404: { description: 'Not remembered.' },
    },
    answer: async (source, { params, query }) => {
      const { id } = source.operations.get(params.id ?? '');
      const operation = await source.operations.settled(id, waitMs(source, query));
      return { status: 200, body: { operation: operationView(operation), changed: operation.changed } };
    },
  },
  {
    method: 'get',
    path: '/openapi.json',
    summary: 'This API in OpenAPI 3.1',
    needsToken: false,
    answers: { 200: { description: 'The document.', schema: z.looseObject({ openapi: z.string() }) } },
    answer: ({ version }) => ({ status: 200, body: openApiDocument(ROUTES, version) }),
  },
];

function control(action: OperationAction, summary: string): Route {
  return {
    method: 'post',
    path: `/${action}`,
    summary,
    needsToken: true,
    query: waitQuerySchema,
    body: emptyBodySchema,
    answers: {
      200: { description: 'Done, or so already.', schema: operationAnswerSchema },
      202: { description: 'Under way.', schema: operationAnswerSchema },
      409: { description: 'Another operation is under way, or this one makes no sense now.' },
      503: { description: 'It failed; the operation says why.', schema: operationAnswerSchema },
    },
    answer: async (source, { query, by }) => {
      const { id } = source.operations.begin(action, by);
      const operation = await source.operations.settled(id, waitMs(source, query));
      const status = { running: 202, done: 200, failed: 503 }[operation.state];
      return { status, body: { operation: operationView(operation), changed: operation.changed } };
    },
  };
}

const waitMs = ({ waitMaxMs }: ControlApiSource, { wait }: RouteRequest['query']): number =>
  Math.min(waitMaxMs, typeof wait === 'number' ? wait * 1_000 : 0);
