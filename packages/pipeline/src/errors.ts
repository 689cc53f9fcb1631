import { defineErrors } from '@rtp/core';

export const pipelineErrors = defineErrors({
  RTP_PIPELINE_CREDENTIALS_MISSING: {
    summary: 'The broker cannot be asked: a credential is not set.',
    fix: 'Set DHAN_CLIENT_ID, and DHAN_API_TOKEN or both DHAN_PIN and DHAN_TOTP_SECRET, in the environment or in .env.',
    exitCode: 77,
  },
  RTP_UNIVERSE_UNREADABLE: {
    summary: 'The universe file is missing, or a row of it is malformed.',
    fix: 'Correct pipeline.universe_file: a CSV with at least the columns symbol, security_id and isin.',
    exitCode: 78,
  },
  RTP_UNIVERSE_EMPTY: {
    summary: "None of the universe's symbols is in the day's scrip master.",
    fix: 'Check pipeline.universe_file and the scrip master address in the broker section.',
    exitCode: 78,
  },
  RTP_DELIVERY_FULL: {
    summary: 'More rows wait for the store than are kept; live bars are left to the day-end sweep.',
    fix: 'Look at why the store does not answer; nothing is lost that charts can bring back.',
    exitCode: 75,
    status: 503,
  },
  RTP_PIPELINE_STOPPED: {
    summary: 'The pipeline stopped before this work was done.',
    fix: 'Nothing: the next start repairs what is missing.',
    exitCode: 75,
  },
  RTP_BACKFILL_SPOOL_DAMAGED: {
    summary: 'A chart that a backfill had gathered on disk can no longer be read; it is asked for again.',
    fix: 'Nothing once; look at the disk if it comes again.',
    exitCode: 75,
  },
  RTP_BACKFILL_SYMBOL_UNKNOWN: {
    summary: 'A backfill was asked for symbols that are not in the universe.',
    fix: 'Name symbols of pipeline.universe_file, as the scrip master spells them today.',
    exitCode: 64,
  },
});
