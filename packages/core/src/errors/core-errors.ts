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
