import { coreErrors, describeError, errorBody, type Logger, RtpError } from '@rtp/core';
import type { ErrorRequestHandler, RequestHandler } from 'express';

/** Answers errors as JSON `{error: {code, message, fix}}`; unexpected ones are logged and keep their details. */
export function answerErrors(logger: Logger, countError: () => void): ErrorRequestHandler {
  return (cause: unknown, request, response, next) => {
    const error = asApiError(cause);
    if (error.status >= 500) {
      countError();
      logger.error('a request failed', { path: request.path, error: describeError(cause) });
    }
    // An answer under way can only be cut off: its reader sees that it is incomplete.
    if (response.headersSent) {
      response.destroy();
      next();
      return;
    }
    response.status(error.status).json(errorBody(error));
  };
}

function asApiError(cause: unknown): RtpError {
  if (cause instanceof RtpError) return cause;
  if (cause instanceof URIError) {
    return coreErrors.create('RTP_HTTP_REQUEST_INVALID', 'The URL cannot be decoded.', { cause });
  }
  return coreErrors.create('RTP_HTTP_INTERNAL', 'The store failed while answering.', { cause });
}

export const unknownRoute: RequestHandler = (request) => {
  throw coreErrors.create('RTP_HTTP_ROUTE_UNKNOWN', `There is no ${request.path} here.`);
};

/** Only these methods reach the routes. */
export function allowMethods(methods: readonly string[]): RequestHandler {
  return (request, response, next) => {
    if (methods.includes(request.method)) {
      next();
      return;
    }
    response.set('Allow', methods.join(', '));
    throw coreErrors.create('RTP_HTTP_METHOD_NOT_ALLOWED', `${request.method} is not allowed here.`);
  };
}
