import { coreErrors } from '@rtp/core';
import type { RequestHandler } from 'express';
import { rateLimit } from 'express-rate-limit';

const WINDOW_MS = 60_000;

export interface RateLimits {
  readonly perMinute: number;
  readonly wrongTokensPerMinute: number;
}

/**
 * At most so many requests of one address in a minute of real time, and so many with a wrong or missing token; the second
 * handler is for those alone. Errors: RTP_HTTP_RATE_LIMITED.
 */
export function rateLimits({ perMinute, wrongTokensPerMinute }: RateLimits): {
  readonly all: RequestHandler;
  readonly wrongTokens: RequestHandler;
} {
  return {
    all: rateLimit({
      windowMs: WINDOW_MS,
      limit: perMinute,
      standardHeaders: 'draft-8',
      legacyHeaders: false,
      skip: ({ path }) => path === '/health',
      handler: (_request, _response, next) => next(tooMany(`more than ${perMinute} requests in a minute`)),
    }),
    wrongTokens: rateLimit({
      windowMs: WINDOW_MS,
      limit: wrongTokensPerMinute,
      standardHeaders: false,
      legacyHeaders: false,
      handler: (_request, response, next) => {
        response.set('Retry-After', String(WINDOW_MS / 1_000));
        next(tooMany(`more than ${wrongTokensPerMinute} wrong tokens in a minute`));
      },
    }),
  };
}

const tooMany = (what: string): Error => coreErrors.create('RTP_HTTP_RATE_LIMITED', `This address has sent ${what}.`);
