import { createHash, timingSafeEqual } from 'node:crypto';
import { coreErrors } from '@rtp/core';
import type { Request, RequestHandler } from 'express';

const BEARER = /^Bearer +([\x21-\x7e]+)$/i;

/**
 * Lets through whoever has the token, however many others guess: `wrongTokens` limits those alone, so that nobody can lock
 * the owner out. Errors: RTP_API_TOKEN_REQUIRED, RTP_API_TOKEN_WRONG, and that of the limit.
 */
export function tokenGuard(token: string, wrongTokens: RequestHandler): RequestHandler {
  const expected = digestOf(token);
  return (request, response, next) => {
    const refusal = refusalOf(request, expected);
    if (refusal === null) return next();
    return wrongTokens(request, response, (limit?: unknown) => {
      if (limit === undefined) response.set('WWW-Authenticate', 'Bearer realm="rtp"');
      next(limit ?? refusal);
    });
  };
}

function refusalOf(request: Request, expected: Buffer): Error | null {
  const { authorization } = request.headers;
  if (authorization === undefined) {
    return coreErrors.create('RTP_API_TOKEN_REQUIRED', `${request.method} ${request.path} needs a token.`);
  }
  const given = BEARER.exec(authorization)?.[1];
  // Digests are of one length, so that the comparison tells nothing about the token, not even how long it is.
  if (given !== undefined && timingSafeEqual(digestOf(given), expected)) return null;
  return coreErrors.create('RTP_API_TOKEN_WRONG', 'The token is not the right one.');
}

const digestOf = (text: string): Buffer => createHash('sha256').update(text).digest();
