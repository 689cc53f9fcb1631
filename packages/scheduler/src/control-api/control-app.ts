import {
  allowedHostNames,
  coreErrors,
  describeError,
  errorBody,
  hostHeaders,
  isAllowedHost,
  type Logger,
  RtpError,
} from '@rtp/core';
import express, { type ErrorRequestHandler, type Express, type RequestHandler } from 'express';
import { type ControlApiSource, ROUTES } from './routes.ts';

/** The control API as an Express application. `host` is the address it is bound to. */
export function createControlApp(source: ControlApiSource, host: string, logger: Logger): Express {
  const app = express();
  app.disable('x-powered-by');
  app.set('etag', false);
  app.set('query parser', false);
  app.set('json spaces', 2);
  app.use(safeHeaders, hostGuard(host));
  for (const route of ROUTES) {
    app[route.method](route.path, async (_request, response) => {
      const { status, body } = await route.answer(source);
      response.status(status).json(body);
    });
    app.all(route.path, methodNotAllowed);
  }
  app.use((request) => {
    throw coreErrors.create('RTP_HTTP_ROUTE_UNKNOWN', `There is no route ${request.path.slice(0, 80)}.`);
  });
  app.use(answerError(logger));
  return app;
}

const safeHeaders: RequestHandler = (_request, response, next) => {
  response.set({
    'Cache-Control': 'no-store',
    'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
    'Cross-Origin-Resource-Policy': 'same-origin',
    'X-Content-Type-Options': 'nosniff',
  });
  next();
};

function hostGuard(host: string): RequestHandler {
  const allowed = allowedHostNames(host);
  return (request, _response, next) => {
    if (isAllowedHost(hostHeaders(request.rawHeaders), allowed)) return next();
    throw coreErrors.create('RTP_HTTP_HOST_NOT_ALLOWED', 'This server does not answer for that host.');
  };
}

const methodNotAllowed: RequestHandler = (request, response) => {
  const methods = ROUTES.filter(({ path }) => path === request.route?.path).map(({ method }) => method.toUpperCase());
  response.set('Allow', methods.includes('GET') ? [...methods, 'HEAD'].join(', ') : methods.join(', '));
  throw coreErrors.create('RTP_HTTP_METHOD_NOT_ALLOWED', `${request.method} is not possible here.`);
};

function answerError(logger: Logger): ErrorRequestHandler {
  return (thrown: unknown, request, response, next) => {
    if (response.headersSent) return next(thrown);
    const error = asRtpError(thrown);
    if (error.status >= 500) logger.error('request failed', { path: request.path, error: describeError(thrown) });
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
