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
});
