import { csvBytes } from './bars-file.ts';

const QUOTE = 0x22;
const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;

/** Where records of a CSV file stand, as an editor counts lines. */
export interface RecordLines {
  /** Line by number of the record among those that were read, from 1, the header not counted. */
  readonly byRecord: ReadonlyMap<number, number>;
  /** Line by offset of the record's first byte, of records that were refused. */
  readonly byOffset: ReadonlyMap<number, number>;
}

/**
 * Finds the lines of some records. The engine counts records: it passes over empty lines, takes line breaks in quotes
 * for text, and does not number what it refuses.
 */
export async function findLines(
  file: string,
  format: 'csv' | 'csv.gz',
  records: ReadonlySet<number>,
  refused: ReadonlySet<number>,
): Promise<RecordLines> {
  const byRecord = new Map<number, number>();
  const byOffset = new Map<number, number>();
  let [offset, line, record] = [0, 1, -1];
  let [isInside, isQuoted] = [false, false];
  for await (const bytes of csvBytes(file, format)) {
    for (const byte of bytes) {
      const isBreak = byte === LINE_FEED || byte === CARRIAGE_RETURN;
      if (!isInside && !isBreak) {
        isInside = true;
        if (refused.has(offset)) byOffset.set(offset, line);
        else {
          record += 1;
          if (records.has(record)) byRecord.set(record, line);
        }
      }
      if (byte === QUOTE) isQuoted = !isQuoted;
      if (isBreak && !isQuoted) isInside = false;
      if (byte === LINE_FEED) line += 1;
      offset += 1;
    }
    if (byRecord.size === records.size && byOffset.size === refused.size) break;
  }
  return { byRecord, byOffset };
}
