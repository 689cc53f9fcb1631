import { defineErrors } from '@rtp/core';

export const monitorErrors = defineErrors({
  RTP_METRICS_UNWRITABLE: {
    summary: 'A sample could not be appended to the metric history; the samples since are lost.',
    fix: 'Free disk space or correct the permissions of the metrics folder; recording resumes by itself.',
    exitCode: 75,
  },
  RTP_REPORT_FAILED: {
    summary: 'A report that was ordered could not be written.',
    fix: 'Run `rtp report daily` or `rtp report weekly` with the same --date to see why.',
  },
  RTP_ORDER_UNKNOWN: {
    summary: 'The monitor was given an order that it does not take.',
    fix: 'Stop the system and start it again so that every process runs the same version.',
  },
});
