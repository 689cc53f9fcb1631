import { defineErrors } from '@rtp/core';

export const storeErrors = defineErrors({
  RTP_STORE_SECOND_INSTANCE: {
    summary: 'This process has opened DuckDB already; a second instance would lose committed rows.',
    fix: 'Use the engine that is open; stop it before another is opened.',
    exitCode: 75,
  },
  RTP_STORE_ALREADY_RUNNING: {
    summary: 'Another store serves this data directory.',
    fix: 'Stop the running system (`rtp stop`) or use another --data-dir.',
    exitCode: 75,
  },
  RTP_STORE_INVALIDATED: {
    summary: 'DuckDB met a fatal error and refuses further work until it is opened again.',
    fix: 'Nothing: the store ends and the supervisor starts a fresh one, which replays what was committed.',
    exitCode: 75,
    status: 503,
  },
  RTP_STORE_CORRUPT: {
    summary: 'A hot file is damaged.',
    fix: 'Nothing: the store ends, and its next start repairs the file or rebuilds the day from published Parquet.',
    exitCode: 75,
    status: 503,
  },
  RTP_STORE_DISK_FULL: {
    summary: 'The disk is full: a commit was refused and rolled back.',
    fix: 'Free space on the disk of the data directory; the same batch is accepted as soon as there is room.',
    exitCode: 75,
    status: 507,
  },
  RTP_STORE_STOPPING: {
    summary: 'The store is stopping and takes no more work.',
    fix: 'Send the same batch again once the store is back.',
    exitCode: 75,
    status: 503,
  },
  RTP_STORE_NOT_COMPLETE: {
    summary: 'The day cannot be sealed: some expected minutes are neither bars nor settled by a reason.',
    fix: 'Repair the minutes (`rtp backfill`), or let the deadline seal the day with what is known of them recorded.',
    exitCode: 75,
    status: 409,
  },
  RTP_STORE_SEAL_UNVERIFIED: {
    summary: 'A sealed file read back differently from what was written.',
    fix: 'Check the disk; the day stays open and is sealed again at the next attempt.',
    exitCode: 75,
    status: 500,
  },
  RTP_STORE_UPDATE_RUNNING: {
    summary: 'An update of the stored indicators is under way already; there is one at a time.',
    fix: 'Wait until it has ended, then ask again.',
    exitCode: 75,
    status: 409,
  },
  RTP_STORE_QUERY_TIMEOUT: {
    summary: 'A query ran longer than store.query_timeout_ms and was interrupted.',
    fix: 'Ask for fewer days, or raise store.query_timeout_ms.',
    status: 504,
  },
  RTP_STORE_READER_GONE: {
    summary: 'The reader of an answer closed its connection before the end.',
    fix: 'Nothing: the query was given up.',
    status: 499,
  },
  RTP_STORE_QUERY_FAILED: {
    summary: 'DuckDB refused a statement of the store.',
    fix: "Read the store's log for the statement's error.",
    status: 500,
  },
});
