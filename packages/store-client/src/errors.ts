import { defineErrors } from '@rtp/core';

export const storeClientErrors = defineErrors({
  RTP_STORE_UNREACHABLE: {
    summary: 'The store does not answer on its socket, or its answer was lost.',
    fix: 'Start the system with `rtp start`; while it restarts, send the same batch again.',
    exitCode: 75,
    status: 503,
  },
  RTP_STORE_ANSWER_INVALID: {
    summary: 'The store answered something its contract does not allow.',
    fix: 'Stop the system and start it again so that every process runs the same version.',
    exitCode: 75,
    status: 502,
  },
  RTP_BATCH_INVALID: {
    summary: 'A batch, or a row of it, breaks the batch contract; nothing of it was stored.',
    fix: 'Correct the named row and column at the producer; a resend of the same batch fails again.',
    status: 400,
  },
  RTP_SYMBOL_UNKNOWN: {
    summary: 'No instrument of that symbol has ever been stored here.',
    fix: 'Check the spelling; GET /symbols of the Data API lists every stored symbol.',
    exitCode: 64,
    status: 404,
  },
  RTP_DAY_UNKNOWN: {
    summary: 'Nothing is stored for that day.',
    fix: 'Ask for one of the days named in the message.',
    exitCode: 64,
    status: 404,
  },
  RTP_INDICATOR_UNKNOWN: {
    summary: 'No indicator column or family has that name.',
    fix: 'Correct the names in the message; docs/indicators.md lists all columns by family.',
    exitCode: 64,
    status: 400,
  },
  RTP_QUERY_INVALID: {
    summary: 'A query parameter is not accepted.',
    fix: 'Correct the named parameter as the message says.',
    exitCode: 64,
    status: 400,
  },
  RTP_CATALOGUE_MISSING: {
    summary: 'The data directory has no catalogue: nothing has ever been stored in it.',
    fix: 'Start the system once with this --data-dir, or name the directory that holds the data.',
    exitCode: 64,
    status: 404,
  },
  RTP_CATALOGUE_UNREADABLE: {
    summary: 'The catalogue cannot be opened for reading.',
    fix: 'Close programs that hold it open for writing, or start the system once: it rebuilds the catalogue.',
    exitCode: 75,
    status: 503,
  },
});
