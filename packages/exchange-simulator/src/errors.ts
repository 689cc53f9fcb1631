import { defineErrors } from '@rtp/core';

/** What can be wrong with a day that is to be simulated, and with the server that simulates it. */
export const simulatorErrors = defineErrors({
  RTP_BARS_FILE_UNREADABLE: {
    summary: 'The bars file is missing, cannot be read, or is neither CSV, gzip-compressed CSV nor Parquet.',
    fix: 'Give --bars the path of a .csv, .csv.gz or .parquet file that this user can read.',
    exitCode: 78,
  },
  RTP_BARS_FILE_INVALID: {
    summary: 'The bars file has a missing column or a row that no exchange could have produced.',
    fix: 'Correct the named row; the columns are symbol,time,open,high,low,close,volume.',
    exitCode: 78,
  },
  RTP_BARS_DATE_UNKNOWN: {
    summary: 'The bars file holds several dates, or not the one asked for.',
    fix: 'Choose one of the listed dates with --date.',
    exitCode: 64,
  },
  RTP_SIMULATOR_USAGE: {
    summary: 'The arguments of the simulator do not name one day to simulate.',
    fix: 'Give exactly one of --bars PATH, --generate N or --shipped DATE.',
    exitCode: 64,
  },
  RTP_SIMULATOR_DAY_MISSING: {
    summary: 'The folder of the prepared day lacks a file or holds a malformed one.',
    fix: 'Prepare the day again: start with --fresh.',
    exitCode: 78,
  },
  RTP_SIMULATOR_FAULTS_INVALID: {
    summary: 'A schedule of faults is not JSON, or has a field that no fault has or a value it does not take.',
    fix: 'Correct the named field; docs/faults.md lists every fault with its parameters.',
    exitCode: 78,
    status: 400,
  },
  RTP_SIMULATOR_PORT_IN_USE: {
    summary: 'Another program listens on the port of the simulated exchange.',
    fix: 'Leave the port to the system with 0, or choose another.',
    exitCode: 78,
  },
});
