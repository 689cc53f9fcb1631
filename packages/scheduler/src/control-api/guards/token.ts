import { createHash, timingSafeEqual } from 'node:crypto';
import { coreErrors } from '@rtp/core';
import type { Request, RequestHandler } from 'express';

const BEARER = /^Bearer +([\x21-\x7e]+)$/i;

/** Lets through whoever has the token. Errors: RTP_API_TOKEN_REQUIRED, RTP_API_TOKEN_WRONG. */
export function tokenGuard(token: string): RequestHandler {
  const expected = digestOf(token);
  return (request, response, next) => {
    try {
      requireToken(request, expected);
    } catch (error) {
      response.set('WWW-Authenticate', 'Bearer realm="rtp"');
      throw error;
    }
    next();
  };
}

function requireToken(request: Request, expected: Buffer): void {
  const { authorization } = request.headers;
  if (authorization === undefined) {
    throw coreErrors.create('RTP_API_TOKEN_REQUIRED', `${request.method} ${request.path} needs a token.`);
  }
  const given = BEARER.exec(authorization)?.[1];
  // Digests are of one length, so that the comparison tells nothing about the token, not even how long it is.
  if (given === undefined || !timingSafeEqual(digestOf(given), expected)) {
    throw coreErrors.create('RTP_API_TOKEN_WRONG', 'The token is not the right one.');
  }
}

const digestOf = (text: string): Buffer => createHash('sha256').update(text).digest();
