import { defineErrors } from '@rtp/core';

export const managerErrors = defineErrors({
  RTP_USAGE: {
    summary: 'The command line is not understood.',
    fix: 'Run the command with --help to see what it accepts.',
    exitCode: 64,
  },
  RTP_ALREADY_RUNNING: {
    summary: 'A system is already running on this data directory.',
    fix: 'Look at it with `rtp status`, stop it with `rtp stop`, or use another --data-dir.',
    exitCode: 75,
  },
  RTP_NOT_RUNNING: {
    summary: 'No system runs on this data directory.',
    fix: 'Start one with `rtp start`.',
  },
  RTP_MANAGER_UNRESPONSIVE: {
    summary: 'The system manager holds its lock but does not answer on its control socket.',
    fix: 'Wait until it has started or stopped; if it stays silent, end the named process and start again.',
    exitCode: 75,
  },
  RTP_CONTROL_REFUSED: {
    summary: 'The system manager refused a request on its control socket.',
    fix: 'Name one of the components that `rtp status` shows.',
    exitCode: 64,
    status: 400,
  },
  RTP_CONTROL_FAILED: {
    summary: 'The system manager failed while answering on its control socket.',
    fix: 'Read logs/system_manager.log for the cause.',
    status: 500,
  },
  RTP_RELOAD_REFUSED: {
    summary: 'The configuration is not read again while the system starts or stops.',
    fix: 'Wait until `rtp status` shows that it serves, and ask again.',
    exitCode: 75,
    status: 409,
  },
  RTP_RELOAD_NEEDS_START: {
    summary: 'The new configuration changes keys that a running system stands on; nothing was changed.',
    fix: 'Take the named keys back, or let `rtp stop` and `rtp start` bring them in.',
    exitCode: 78,
    status: 409,
  },
  RTP_CREDENTIALS_MISSING: {
    summary: 'The broker is the data source and its credentials are not set.',
    fix: 'Set DHAN_CLIENT_ID and either DHAN_API_TOKEN or DHAN_PIN with DHAN_TOTP_SECRET, in the environment or in .env; without a broker account, `rtp demo` needs none.',
    exitCode: 77,
  },
  RTP_CHILD_FAILED: {
    summary: 'A component ended and was not started again.',
    fix: 'Read its log under logs/ for the reason; in a running system `rtp restart` with its name tries again.',
  },
  RTP_START_INTERRUPTED: {
    summary: 'The start was interrupted before everything was ready.',
    fix: 'Nothing keeps running; start again when you want.',
    exitCode: 75,
  },
  RTP_STOP_TIMEOUT: {
    summary: 'The system was asked to stop and is still there.',
    fix: 'Look at `rtp status` and the log of the component it waits for.',
  },
  RTP_BACKFILL_UNDER_WAY: {
    summary: 'A backfill of other dates or symbols is not finished.',
    fix: 'Watch it with `rtp backfill`, or give it up with `rtp backfill --cancel` and ask again.',
    exitCode: 75,
  },
  RTP_BACKFILL_FAILED: {
    summary: 'A backfill ended without having brought everything.',
    fix: 'Do what the message says and ask again: what is stored is not fetched twice.',
  },
  RTP_DEMO_NOT_REMOVABLE: {
    summary: 'The directory that `--fresh` would empty was not written by a simulated day.',
    fix: "Name the demo's own directory with --data-dir, or remove that one by hand.",
    exitCode: 78,
  },
  RTP_OHLCV_FILE_UNREADABLE: {
    summary: 'The file of bars is missing, cannot be read, or is neither CSV, gzip-compressed CSV nor Parquet.',
    fix: 'Give the path of a .csv, .csv.gz or .parquet file that this user can read.',
    exitCode: 64,
  },
  RTP_OHLCV_FILE_INVALID: {
    summary: 'The file of bars lacks a column, or has rows that are no bars; nothing was computed.',
    fix: 'Correct what is named: columns time, open, high, low, close, and symbol, volume, bench if wanted; each bar once, finite prices above 0, high and low around open and close.',
    exitCode: 64,
  },
  RTP_OUTPUT_UNWRITABLE: {
    summary: 'The file for the results cannot be written.',
    fix: 'Choose a folder that exists, may be written to and has room.',
    exitCode: 64,
  },
  RTP_REPORT_NOTHING_STORED: {
    summary: 'There is nothing to report: no data is stored for the day or week asked for.',
    fix: 'Choose a stored date with --date, or fetch it with `rtp backfill`.',
  },
  RTP_INDICATORS_NOT_COMPARED: {
    summary: 'There was nothing to compare: no whole bars, no rows of indicators, or none of the symbols asked for.',
    fix: 'Choose a day with bars (`rtp data` names the stored ones); a day without any proves nothing.',
  },
  RTP_INDICATORS_DIFFER: {
    summary: 'Stored or computed indicators are not what their bars give, or rows are missing or too many.',
    fix: 'Run `rtp indicators update` while the system runs, then `rtp indicators verify` again; when they differ after that, report the named columns.',
  },
});
