import { defineErrors } from '@rtp/core';

export const monitorErrors = defineErrors({
  RTP_METRICS_UNWRITABLE: {
    summary: 'A sample could not be appended to the metric history; the samples since are lost.',
    fix: 'Free disk space or correct the permissions of the metrics folder; recording resumes by itself.',
    exitCode: 75,
  },
});
