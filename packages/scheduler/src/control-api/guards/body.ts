import { coreErrors } from '@rtp/core';
import express, { type RequestHandler } from 'express';

/** A request has no body or a JSON one, of at most `maxBytes`. Errors: RTP_HTTP_BODY_NOT_JSON, RTP_HTTP_BODY_TOO_LARGE. */
export function jsonBody(maxBytes: number): RequestHandler[] {
  const parse = express.json({ limit: maxBytes, strict: true, type: 'application/json' });
  return [
    (request, _response, next) => {
      const { 'content-length': length, 'transfer-encoding': encoding } = request.headers;
      const hasBody = encoding !== undefined || (length !== undefined && length !== '0');
      if (hasBody && !request.is('application/json')) {
        throw coreErrors.create('RTP_HTTP_BODY_NOT_JSON', 'The body is not declared as application/json.');
      }
      if (Number(length) > maxBytes) throw tooLarge(maxBytes);
      next();
    },
    (request, response, next) => {
      parse(request, response, (error: unknown) => next(error === undefined ? undefined : bodyError(error, maxBytes)));
    },
  ];
}

function bodyError(error: unknown, maxBytes: number): unknown {
  const type = error instanceof Error && 'type' in error ? error.type : undefined;
  if (type === 'entity.too.large') return tooLarge(maxBytes);
  if (type === 'entity.parse.failed') return coreErrors.create('RTP_HTTP_BODY_NOT_JSON', 'The body is not JSON.');
  return error;
}

const tooLarge = (maxBytes: number): Error =>
  coreErrors.create('RTP_HTTP_BODY_TOO_LARGE', `The body is larger than ${maxBytes} bytes.`);
