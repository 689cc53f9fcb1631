import {
  allowedHostNames,
  coreErrors,
  describeError,
  errorBody,
  hostHeaders,
  isAllowedHost,
  isLoopback,
  type Logger,
  RtpError,
} from '@rtp/core';
import express, {
  type ErrorRequestHandler,
  type Express,
  type Request,
  type RequestHandler,
  type Response,
} from 'express';
import helmet from 'helmet';
import { z } from 'zod';
import { prefersText } from './accept.ts';
import { jsonBody } from './guards/body.ts';
import { originGuard } from './guards/origin.ts';
import { type RateLimits, rateLimits } from './guards/rate-limits.ts';
import { tokenGuard } from './guards/token.ts';
import type { ControlApiSource, Route, RouteRequest } from './route.ts';
import { ROUTES } from './routes.ts';

export interface ControlAppOptions extends RateLimits {
  /** The address it is bound to: on another than loopback every route but /health needs the token. */
  readonly host: string;
  readonly token: string;
  readonly maxBodyBytes: number;
  /** Sees every request first. */
  readonly audit: RequestHandler;
  readonly logger: Logger;
}

/** The one route without a token on any address: whoever watches a machine has none. */
const ALWAYS_OPEN = '/health';
/** Commands of ours name themselves. */
const OWN_AGENT = /^rtp [a-z -]{1,40}$/;

/** The control API as an Express application. */
export function createControlApp(source: ControlApiSource, options: ControlAppOptions): Express {
  const { host, token, maxBodyBytes, audit, logger } = options;
  const limits = rateLimits(options);
  const withToken = [tokenGuard(token, limits.wrongTokens)];
  const isPublic = !isLoopback(host);
  const app = express();
  app.set('etag', false);
  app.set('query parser', false);
  app.set('json spaces', 2);
  app.use(audit, safeHeaders, noStore, limits.all, hostGuard(host), originGuard);
  for (const route of ROUTES) {
    const path = route.path.replace(/\{(\w+)\}/g, ':$1');
    const isGuarded = route.needsToken || (isPublic && path !== ALWAYS_OPEN);
    app[route.method](
      path,
      ...(isGuarded ? withToken : []),
      ...(route.body === undefined ? [] : jsonBody(maxBodyBytes)),
      (request, response) => answer(route, source, request, response),
    );
    app.all(path, methodNotAllowed(path));
  }
  app.use((request) => {
    throw coreErrors.create('RTP_HTTP_ROUTE_UNKNOWN', `There is no route ${request.path.slice(0, 80)}.`);
  });
  app.use(answerError(logger));
  return app;
}

async function answer(route: Route, source: ControlApiSource, request: Request, response: Response): Promise<void> {
  const query = queryOf(route, request);
  if (route.body !== undefined) checked(route.body, request.body ?? {}, 'body');
  if (route.answer === 'events') {
    source.streams.serve(request, response);
    return;
  }
  const asked: RouteRequest = {
    params: request.params as Readonly<Record<string, string>>,
    query,
    by: askerOf(request),
    prefersText: prefersText(request.get('accept') ?? ''),
  };
  const { status, body, type } = await route.answer(source, asked);
  if (route.needsToken) response.locals.audit = auditOf(body);
  if (type !== undefined) response.status(status).set('Content-Type', type).end(body);
  else response.status(status).json(body);
}

/** Errors: RTP_HTTP_REQUEST_INVALID. */
function queryOf(route: Route, request: Request): Readonly<Record<string, unknown>> {
  const given = new URL(request.url, 'http://localhost').searchParams;
  const names = [...given.keys()];
  if (new Set(names).size < names.length) throw invalid('every parameter may be given once');
  return checked(route.query ?? z.strictObject({}), Object.fromEntries(given), 'query');
}

function checked<T>(schema: z.ZodType<T>, value: unknown, where: string): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw invalid(`${where}${issue === undefined ? '' : `: ${[...issue.path, issue.message].join(' ')}`}`);
}

const invalid = (problem: string): Error =>
  coreErrors.create('RTP_HTTP_REQUEST_INVALID', `The request cannot be understood: ${problem}.`);

function askerOf(request: Request): string {
  const agent = request.get('user-agent') ?? '';
  return OWN_AGENT.test(agent) ? agent : 'the control API';
}

/** What the audit log keeps of an answer. */
function auditOf(body: unknown): Readonly<Record<string, unknown>> {
  const operation = (body as { readonly operation?: { readonly id?: string; readonly by?: string } }).operation;
  return operation === undefined ? {} : { operation: operation.id, by: operation.by };
}

const safeHeaders = helmet({
  contentSecurityPolicy: {
    useDefaults: false,
    directives: { 'default-src': ["'none'"], 'frame-ancestors': ["'none'"] },
  },
  frameguard: { action: 'deny' },
  referrerPolicy: { policy: 'no-referrer' },
  // This server speaks HTTP on this machine; there is nothing to be strict about.
  strictTransportSecurity: false,
});

const noStore: RequestHandler = (_request, response, next) => {
  response.set('Cache-Control', 'no-store');
  next();
};

function hostGuard(host: string): RequestHandler {
  const allowed = allowedHostNames(host);
  return (request, _response, next) => {
    if (isAllowedHost(hostHeaders(request.rawHeaders), allowed)) return next();
    throw coreErrors.create('RTP_HTTP_HOST_NOT_ALLOWED', 'This server does not answer for that host.');
  };
}

function methodNotAllowed(path: string): RequestHandler {
  const methods = ROUTES.filter((route) => route.path.replace(/\{(\w+)\}/g, ':$1') === path).flatMap(({ method }) =>
    method === 'get' ? ['GET', 'HEAD'] : [method.toUpperCase()],
  );
  return (request, response) => {
    response.set('Allow', methods.join(', '));
    throw coreErrors.create('RTP_HTTP_METHOD_NOT_ALLOWED', `${request.method} is not possible here.`);
  };
}

function answerError(logger: Logger): ErrorRequestHandler {
  return (thrown: unknown, request, response, next) => {
    if (response.headersSent) return next(thrown);
    const error = asRtpError(thrown);
    if (error.status >= 500) logger.error('request failed', { path: request.path, error: describeError(thrown) });
    response.locals.audit = { ...response.locals.audit, code: error.code };
    response.status(error.status).json(errorBody(error));
  };
}

/** Expected failures as they are; what Express itself finds wrong with a request; anything else without its details. */
function asRtpError(thrown: unknown): RtpError {
  if (thrown instanceof RtpError) return thrown;
  const status = thrown instanceof Error && 'status' in thrown ? thrown.status : undefined;
  if (typeof status === 'number' && status >= 400 && status < 500) {
    return coreErrors.create('RTP_HTTP_REQUEST_INVALID', 'The request cannot be understood.');
  }
  return coreErrors.create('RTP_HTTP_INTERNAL', 'The answer could not be made.');
}
