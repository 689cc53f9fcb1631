import { defineErrors } from '../errors/rtp-error.ts';

/** What the HTTP servers of RTP answer when the request, not the data, is at fault. */
export const httpErrors = defineErrors({
  RTP_HTTP_ROUTE_UNKNOWN: {
    summary: 'The server has no such route.',
    fix: 'GET / lists the routes.',
    status: 404,
  },
  RTP_HTTP_METHOD_NOT_ALLOWED: {
    summary: 'The route exists but not for this method.',
    fix: 'Use a method named in the Allow header.',
    status: 405,
  },
  RTP_HTTP_HOST_NOT_ALLOWED: {
    summary: 'The request names a host that this server does not answer for: a web page may be behind it.',
    fix: 'Address the server as localhost or 127.0.0.1.',
    status: 403,
  },
  RTP_HTTP_REQUEST_INVALID: {
    summary: 'The request is not valid HTTP, or its URL cannot be decoded.',
    fix: 'Send a well-formed HTTP/1.1 request.',
    status: 400,
  },
  RTP_HTTP_REQUEST_TOO_LARGE: {
    summary: 'The URL and headers together are larger than the server accepts.',
    fix: 'Shorten the URL or send fewer headers.',
    status: 431,
  },
  RTP_HTTP_REQUEST_TIMEOUT: {
    summary: 'The request did not arrive completely in time.',
    fix: 'Send the whole request at once.',
    status: 408,
  },
  RTP_HTTP_INTERNAL: {
    summary: 'The server failed while answering.',
    fix: "Read the component's log for the error with the same time.",
    status: 500,
  },
  RTP_ADDRESS_UNUSABLE: {
    summary: 'A server cannot listen on the configured address.',
    fix: 'Choose a host of this machine and a port above 1023.',
    exitCode: 78,
  },
});

/** The JSON body of every error answer. Only expected failures speak for themselves; others keep their secrets. */
export function errorBody(error: { code: string; message: string; fix: string }): {
  readonly error: { readonly code: string; readonly message: string; readonly fix: string };
} {
  return { error: { code: error.code, message: error.message, fix: error.fix } };
}
