import { ABSENCE_REASONS, BAR_SOURCES, BAR_STATES } from '@rtp/core';
import type { MinuteState } from '../contract.ts';
import { decodeSection, encodeSection } from './section.ts';
import { MINUTES_FIELDS, type MinuteColumns } from './sections.ts';

/** A day's state as one Arrow IPC stream. */
export function encodeDayState(columns: MinuteColumns): Uint8Array {
  return encodeSection(MINUTES_FIELDS, columns);
}

/** The rows of a day's state. */
export function decodeDayState(bytes: Uint8Array): readonly MinuteState[] {
  const { length, columns } = decodeSection('minutes', MINUTES_FIELDS, bytes);
  const minutes = new Array<MinuteState>(length);
  for (let row = 0; row < length; row += 1) {
    minutes[row] = {
      instrumentId: columns.instrument_id[row] as number,
      ts: columns.ts[row] as number,
      source: BAR_SOURCES[columns.source[row] as number] ?? null,
      state: BAR_STATES[columns.state[row] as number] ?? null,
      partial: columns.partial[row] === 1,
      reason: ABSENCE_REASONS[columns.reason[row] as number] ?? null,
    };
  }
  return minutes;
}
