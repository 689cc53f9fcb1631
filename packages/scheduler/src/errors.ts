import { defineErrors } from '@rtp/core';

export const schedulerErrors = defineErrors({
  RTP_OPERATION_CONFLICT: {
    summary: 'Another operation is under way that this one would undo.',
    fix: 'Wait for the named operation (GET /operations/{id}), then ask again.',
    status: 409,
  },
  RTP_OPERATION_REFUSED: {
    summary: 'The operation makes no sense as things are.',
    fix: 'Do what the message says first.',
    status: 409,
  },
  RTP_OPERATION_UNKNOWN: {
    summary: 'No operation of that id is remembered.',
    fix: 'GET /operations lists those that are.',
    status: 404,
  },
  RTP_EVENTS_CLIENTS_FULL: {
    summary: 'As many clients follow the live events as may.',
    fix: 'Close one, or raise control_api.events_max_clients.',
    status: 503,
  },
});
