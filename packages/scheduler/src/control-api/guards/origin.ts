import { coreErrors } from '@rtp/core';
import type { RequestHandler } from 'express';

/** Values of Sec-Fetch-Site with which no page of another site can be behind a request. */
const HARMLESS = new Set(['none', 'same-origin']);

/**
 * Refuses what a web page of another origin sends: browsers tell in Origin and Sec-Fetch-Site, and no page can change
 * either. Programs send neither. Errors: RTP_HTTP_ORIGIN_NOT_ALLOWED.
 */
export const originGuard: RequestHandler = (request, _response, next) => {
  const { origin, host, 'sec-fetch-site': site } = request.headers;
  if (origin !== undefined && origin !== `http://${host}`) {
    throw coreErrors.create('RTP_HTTP_ORIGIN_NOT_ALLOWED', 'The request comes from a page of another origin.');
  }
  if (typeof site === 'string' && !HARMLESS.has(site)) {
    throw coreErrors.create('RTP_HTTP_ORIGIN_NOT_ALLOWED', 'The request comes from a page of another site.');
  }
  next();
};
