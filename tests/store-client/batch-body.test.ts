import { describe, expect, test } from '@jest/globals';
import { ABSENCE_REASONS, BAR_SOURCES, BAR_STATES, type Bar } from '@rtp/core';
import { type Batch, loadWire, makeBatch } from '@rtp/store-client';

const { decodeBatch, encodeBatch, encodeSection, decodeDayState, encodeDayState, allocateColumns, MINUTES_FIELDS } =
  await loadWire();

const bar = (index: number): Bar => ({
  instrumentId: 4_000_000_000 + index,
  ts: 1_475_207_100_000 + index * 60_000,
  open: 100.05 + index,
  high: 1e9 + 0.123_456_789,
  low: 0.05,
  close: index / 3,
  volume: index === 0 ? 0 : 9_007_199_254_740_991,
  source: BAR_SOURCES[index % 3] as Bar['source'],
  state: BAR_STATES[index % 3] as Bar['state'],
  partial: index % 2 === 1,
  knownAt: 1_475_207_160_123 + index,
});

const ENVELOPE = { producerId: 'pipeline', epoch: 1_475_200_000_000, seq: 17, tradingDate: '2016-09-30' };

const batch = (bars: number, absences: number): Batch =>
  makeBatch(ENVELOPE, {
    bars: Array.from({ length: bars }, (_, index) => bar(index)),
    absences: Array.from({ length: absences }, (_, index) => ({
      instrumentId: index + 1,
      ts: 1_475_207_100_000 + index * 60_000,
      reason: ABSENCE_REASONS[index % ABSENCE_REASONS.length] as (typeof ABSENCE_REASONS)[number],
      knownAt: 1_475_207_160_000,
    })),
  });

/** The rows that columns stand for. */
function barsOf(decoded: ReturnType<typeof decodeBatch>): Bar[] {
  const { length, columns: of } = decoded.bars;
  return Array.from({ length }, (_, row) => ({
    instrumentId: of.instrument_id[row] as number,
    ts: of.ts[row] as number,
    open: of.open[row] as number,
    high: of.high[row] as number,
    low: of.low[row] as number,
    close: of.close[row] as number,
    volume: of.volume[row] as number,
    source: BAR_SOURCES[of.source[row] as number] as Bar['source'],
    state: BAR_STATES[of.state[row] as number] as Bar['state'],
    partial: of.partial[row] === 1,
    knownAt: of.known_at[row] as number,
  }));
}

describe('a batch', () => {
  test.each([
    [0, 0],
    [1, 0],
    [0, 1],
    [500, 13],
    [2_500, 9],
  ])('of %i bars and %i absences arrives as it was sent', (bars, absences) => {
    const sent = batch(bars, absences);
    const decoded = decodeBatch(encodeBatch(sent));
    expect(decoded.envelope).toEqual({ schemaVersion: 1, ...ENVELOPE });
    expect(barsOf(decoded)).toEqual(sent.bars);
    const { length, columns: of } = decoded.absences;
    const received = Array.from({ length }, (_, row) => [
      of.instrument_id[row],
      of.ts[row],
      ABSENCE_REASONS[of.reason[row] as number],
      of.known_at[row],
    ]);
    expect(received).toEqual(sent.absences.map((row) => [row.instrumentId, row.ts, row.reason, row.knownAt]));
  });

  test('is read from the middle of a larger buffer', () => {
    const body = encodeBatch(batch(3, 2));
    const larger = new Uint8Array(body.byteLength + 3);
    larger.set(body, 3);
    expect(barsOf(decodeBatch(larger.subarray(3)))).toEqual(batch(3, 2).bars);
  });
});

describe('a body that is not a batch', () => {
  const body = encodeBatch(batch(2, 1));
  const withHeader = (change: (header: Record<string, unknown>) => unknown): Uint8Array => {
    const length = Buffer.from(body).readUInt32LE(0);
    const header = JSON.parse(Buffer.from(body).toString('utf8', 4, 4 + length));
    const text = Buffer.from(JSON.stringify(change(header)));
    const prefix = Buffer.alloc(4);
    prefix.writeUInt32LE(text.byteLength);
    return Buffer.concat([prefix, text, body.subarray(4 + length)]);
  };
  /** A batch whose bars are one column of the given kind. */
  const withBars = (kind: 'u32' | 'f64'): Uint8Array => {
    const column = kind === 'u32' ? new Uint32Array([1]) : new Float64Array([1]);
    return withStream(encodeSection([{ name: 'instrument_id', kind }], { instrument_id: column } as never));
  };
  const withStream = (stream: Uint8Array, name = 'bars'): Uint8Array => {
    const envelope = { schemaVersion: 1, ...ENVELOPE };
    const header = Buffer.from(JSON.stringify({ envelope, sections: [{ name, bytes: stream.byteLength }] }));
    const prefix = Buffer.alloc(4);
    prefix.writeUInt32LE(header.byteLength);
    return Buffer.concat([prefix, header, stream]);
  };

  test.each([
    ['nothing', () => new Uint8Array(), /too short/],
    ['a cut header', () => body.subarray(0, 20), /header is cut short/],
    ['no JSON', () => Buffer.from([4, 0, 0, 0, 1, 2, 3, 4]), /not JSON/],
    ['a cut section', () => body.subarray(0, body.byteLength - 8), /"absences" is cut short/],
    ['more than its sections', () => Buffer.concat([body, Buffer.alloc(8)]), /bytes after the last section/],
    [
      'another version',
      () => withHeader((header) => ({ ...header, envelope: { ...(header['envelope'] as object), schemaVersion: 2 } })),
      /schemaVersion/,
    ],
    [
      'no date',
      () =>
        withHeader((header) => ({
          ...header,
          envelope: { ...(header['envelope'] as object), tradingDate: '2016-02-31' },
        })),
      /not a date/,
    ],
    [
      'an unknown section',
      () => withHeader((header) => ({ ...header, sections: [{ name: 'news', bytes: 1 }] })),
      /"news" is unknown/,
    ],
    [
      'a section twice',
      () =>
        withHeader((header) => ({
          ...header,
          sections: [
            { name: 'bars', bytes: 0 },
            { name: 'bars', bytes: 0 },
          ],
        })),
      /twice/,
    ],
    ['no Arrow', () => withStream(Buffer.from('not an arrow stream at all, just text')), /bars/],
    ['a missing column', () => withBars('u32'), /column ts is missing/],
    ['a column of another type', () => withBars('f64'), /instrument_id is not of type u32/],
  ])('%s is refused with the reason', (_, make, message) => {
    expect(() => decodeBatch(make())).toThrow(
      expect.objectContaining({ code: 'RTP_BATCH_INVALID', message: expect.stringMatching(message) }),
    );
  });

  test.each([
    ['a price that is not a number', { close: Number.NaN }, /bars: row 1, column close/],
    ['an infinite price', { high: Number.POSITIVE_INFINITY }, /bars: row 1, column high/],
    ['a negative price', { low: -1 }, /bars: row 1, column low/],
    ['a negative volume', { volume: -5 }, /bars: row 1, column volume/],
    ['an unknown source', { source: 'rumour' as Bar['source'] }, /bars: row 1, column source/],
    ['an unknown state', { state: 'final' as Bar['state'] }, /bars: row 1, column state/],
  ])('%s is refused with row and column', (_, wrong, message) => {
    const bars = [bar(0), { ...bar(1), ...wrong }];
    expect(() => decodeBatch(encodeBatch({ ...batch(0, 0), bars }))).toThrow(message);
  });
});

describe('the state of a day', () => {
  test('arrives as it was sent', () => {
    const columns = allocateColumns(MINUTES_FIELDS, 2);
    columns.instrument_id.set([7, 8]);
    columns.ts.set([60_000, 120_000]);
    columns.source.set([2, 255]);
    columns.state.set([1, 255]);
    columns.partial.set([1, 0]);
    columns.reason.set([255, 0]);
    expect(decodeDayState(encodeDayState(columns))).toEqual([
      { instrumentId: 7, ts: 60_000, source: 'chart', state: 'confirmed', partial: true, reason: null },
      { instrumentId: 8, ts: 120_000, source: null, state: null, partial: false, reason: 'no_trades' },
    ]);
  });
});
