import { allowedHostNames, coreErrors, hostHeaders, isAllowedHost, type Logger } from '@rtp/core';
import express, { type Express } from 'express';
import type { Store } from '../store.ts';
import { allowMethods, answerErrors, unknownRoute } from './api-errors.ts';
import { coverageRoutes } from './coverage-routes.ts';
import { dataRoutes } from './data-routes.ts';
import { indicatorRoutes } from './indicator-routes.ts';
import { internalRoutes } from './internal-routes.ts';
import { type StreamLimits, streamRoute } from './stream-route.ts';

export interface AppOptions {
  readonly store: Store;
  readonly logger: Logger;
  /** Most bars of an answer. */
  readonly maxRows: number;
  /** Most values of indicators of an answer. */
  readonly maxValues: number;
  readonly stream: StreamLimits;
}

/** The Data API as people and their programs see it: reading only. */
export function dataApp(options: AppOptions, host: string): Express {
  const allowed = allowedHostNames(host);
  const app = bareApp();
  app.use((request, _response, next) => {
    if (!isAllowedHost(hostHeaders(request.rawHeaders), allowed)) {
      throw coreErrors.create('RTP_HTTP_HOST_NOT_ALLOWED', 'This server does not answer for the host of the request.');
    }
    next();
  });
  app.use(allowMethods(['GET', 'HEAD']));
  return finish(readingRoutes(app, options), options);
}

/** What our own processes reach over the Unix socket: the Data API and the routes that write. */
export function internalApp(options: AppOptions): Express {
  const app = bareApp();
  return finish(readingRoutes(app.use(internalRoutes(options.store)), options), options);
}

function readingRoutes(app: Express, { store, maxRows, maxValues, stream }: AppOptions): Express {
  return app
    .use(dataRoutes(store, maxRows))
    .use(coverageRoutes(store))
    .use(indicatorRoutes(store, maxValues))
    .use(streamRoute(store, stream));
}

function bareApp(): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  return app;
}

function finish(app: Express, { store, logger }: AppOptions): Express {
  app.use(unknownRoute);
  app.use(answerErrors(logger, () => store.countError()));
  return app;
}
