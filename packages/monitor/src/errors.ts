import { defineErrors } from '@rtp/core';

export const monitorErrors = defineErrors({
  RTP_METRICS_UNWRITABLE: {
    summary: 'A sample could not be appended to the metric history; the samples since are lost.',
    fix: 'Free disk space or correct the permissions of the metrics folder; recording resumes by itself.',
    exitCode: 75,
  },
  RTP_METRICS_UNREADABLE: {
    summary: 'A metrics file cannot be read.',
    fix: 'Check the path; metrics are kept as metrics/<date>.ndjson in the data directory.',
    exitCode: 64,
    status: 404,
  },
});
