import { defineErrors } from './rtp-error.ts';

export const coreErrors = defineErrors({
  RTP_CONFIG_INVALID: {
    summary: 'A configuration key is unknown or its value is not accepted.',
    fix: 'Correct the named key; `rtp config check` shows every problem at once.',
    exitCode: 78,
  },
  RTP_CONFIG_UNREADABLE: {
    summary: 'The configuration file cannot be read or is not JSON.',
    fix: 'Check the path given with --config and the syntax at the reported place.',
    exitCode: 78,
  },
  RTP_CALENDAR_INVALID: {
    summary: 'The session calendar file is missing or malformed.',
    fix: 'Restore config/calendar.json and keep its documented keys.',
    exitCode: 78,
  },
  RTP_CALENDAR_TIMES_UNKNOWN: {
    summary: 'A special session is known by date only; its times were never announced to this calendar.',
    fix: 'Add the open and close times of that session to config/calendar.json.',
    exitCode: 78,
    status: 503,
  },
  RTP_CALENDAR_OUT_OF_RANGE: {
    summary: "The date lies after the last day the calendar knows, or before NSE used today's hours.",
    fix: "Extend config/calendar.json with the exchange's holiday list for that year.",
    exitCode: 78,
    status: 400,
  },
  RTP_DATE_INVALID: {
    summary: 'A date or time is not written in the accepted form.',
    fix: 'Write dates as YYYY-MM-DD and times as HH:MM, both IST.',
    exitCode: 64,
    status: 400,
  },
  RTP_METRICS_UNREADABLE: {
    summary: 'A metrics file cannot be read.',
    fix: 'Check the path; metrics are kept as metrics/<date>.ndjson in the data directory.',
    exitCode: 64,
    status: 404,
  },
  RTP_IPC_MESSAGE_INVALID: {
    summary: 'A process sent a message that its contract does not allow.',
    fix: 'Stop the system and start it again so that every process runs the same version.',
    exitCode: 75,
  },
  RTP_DATA_DIR_UNWRITABLE: {
    summary: 'The data directory cannot be created or written.',
    fix: 'Free the path, correct its permissions, or choose another with --data-dir.',
    exitCode: 78,
  },
  RTP_DATA_DIR_OTHER_SOURCE: {
    summary: 'The data directory belongs to another data source.',
    fix: 'Use another --data-dir for this source; market data of two sources never mix.',
    exitCode: 78,
  },
  RTP_PORT_IN_USE: {
    summary: 'A server cannot listen because another process holds its port.',
    fix: 'Stop the named process or choose another port (--api-port, --data-port, or the configuration).',
    exitCode: 78,
  },
  RTP_STARTUP_TIMEOUT: {
    summary: 'A child process did not finish starting in time.',
    fix: 'Read its log under logs/ for the step it was in.',
    exitCode: 75,
  },
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
  RTP_HTTP_ORIGIN_NOT_ALLOWED: {
    summary: 'A web page of another origin is behind the request.',
    fix: 'Ask from a program of your own; browsers may only open the reading routes directly.',
    status: 403,
  },
  RTP_HTTP_BODY_NOT_JSON: {
    summary: 'The request has a body that is not JSON.',
    fix: 'Send JSON with Content-Type: application/json, or no body.',
    status: 415,
  },
  RTP_HTTP_BODY_TOO_LARGE: {
    summary: 'The request body is larger than the server accepts.',
    fix: 'Send a smaller body.',
    status: 413,
  },
  RTP_HTTP_RATE_LIMITED: {
    summary: 'This address has sent too many requests, or too many with a wrong token.',
    fix: 'Wait as long as the Retry-After header says.',
    status: 429,
  },
  RTP_API_TOKEN_REQUIRED: {
    summary: 'The request needs the token of the Control API and has none.',
    fix: 'Send Authorization: Bearer with RTP_API_TOKEN, or with the content of run/api-token in the data directory.',
    status: 401,
  },
  RTP_API_TOKEN_WRONG: {
    summary: 'The token of the request is not that of the Control API.',
    fix: 'Send RTP_API_TOKEN as it was at the start, or the content of run/api-token in the data directory.',
    status: 401,
  },
  RTP_API_TOKEN_INVALID: {
    summary:
      'The token of the Control API cannot be used: it is too short, or its file is not a private file of its own.',
    fix: 'Set RTP_API_TOKEN to at least 16 characters, or remove run/api-token: the next start makes a new one.',
    exitCode: 78,
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
