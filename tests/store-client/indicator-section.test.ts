import { describe, expect, test } from '@jest/globals';
import { type IndicatorRows, loadWire, makeBatch, NO_INDICATORS, NULL_I16 } from '@rtp/store-client';

const { decodeBatch, encodeBatch, encodeSection, INDICATOR_KEY_FIELDS } = await loadWire();

const ENVELOPE = { producerId: 'pipeline', epoch: 1, seq: 17, tradingDate: '2016-09-30' };
const OPEN = 1_475_207_100_000;

function rowsOf(length: number): IndicatorRows {
  const rows = Array.from({ length }, (_, row) => row);
  return {
    names: ['sma', 'turnover_total', 'pattern'],
    instrumentIds: Uint32Array.from(rows, (row) => 4_000_000_000 + row),
    ts: Float64Array.from(rows, (row) => OPEN + row * 60_000),
    knownAt: Float64Array.from(rows, (row) => OPEN + (row + 1) * 60_000 + 123),
    columns: [
      Float32Array.from(rows, (row) => (row % 3 === 0 ? Number.NaN : 100.05 + row)),
      Float64Array.from(rows, (row) => (row % 4 === 0 ? Number.NaN : 1e15 + row / 3)),
      Int16Array.from(rows, (row) => (row % 5 === 0 ? NULL_I16 : row - 2)),
    ],
  };
}

const through = (indicators: IndicatorRows): IndicatorRows =>
  decodeBatch(encodeBatch(makeBatch(ENVELOPE, { indicators }))).indicators;

describe('rows of indicators', () => {
  test.each([1, 500, 2_500])('%i of them arrive as they were sent, nulls included', (length) => {
    expect(through(rowsOf(length))).toEqual(rowsOf(length));
  });

  test('make a batch without anything else', () => {
    const decoded = decodeBatch(encodeBatch(makeBatch(ENVELOPE, { indicators: rowsOf(2) })));
    expect([decoded.bars.length, decoded.absences.length, decoded.indicators.ts.length]).toEqual([0, 0, 2]);
  });

  test('of which there are none take no section', () => {
    const body = encodeBatch(makeBatch(ENVELOPE, {}));
    expect(Buffer.from(body).toString('latin1')).not.toContain('indicators');
    expect(decodeBatch(body).indicators).toEqual(NO_INDICATORS);
    expect(through({ ...rowsOf(0), names: ['sma', 'turnover_total', 'pattern'] })).toEqual(NO_INDICATORS);
  });

  test('keep the order of their names', () => {
    const { names, columns, ...key } = rowsOf(3);
    const turned = { ...key, names: names.toReversed(), columns: columns.toReversed() };
    expect(through(turned).names).toEqual(['pattern', 'turnover_total', 'sma']);
    expect(through(turned)).toEqual(turned);
  });
});

describe('a section of indicators', () => {
  const withValue = (column: number, value: number): IndicatorRows => {
    const rows = rowsOf(3);
    (rows.columns[column] as Float64Array)[1] = value;
    return rows;
  };
  /** A batch whose only section is the given Arrow stream. */
  const withStream = (stream: Uint8Array): Uint8Array => {
    const sections = [{ name: 'indicators', bytes: stream.byteLength }];
    const header = Buffer.from(JSON.stringify({ envelope: { schemaVersion: 1, ...ENVELOPE }, sections }));
    const prefix = Buffer.alloc(4);
    prefix.writeUInt32LE(header.byteLength);
    return Buffer.concat([prefix, header, stream]);
  };
  const key = { instrument_id: new Uint32Array([1]), ts: new Float64Array([OPEN]), known_at: new Float64Array([OPEN]) };
  const withColumn = (kind: 'u8' | 'i64', values: Uint8Array | Float64Array): Uint8Array => {
    const fields = [...INDICATOR_KEY_FIELDS, { name: 'sma', kind }] as const;
    return withStream(encodeSection(fields, { ...key, sma: values } as never));
  };

  test.each([
    ['a value without bounds', () => encoded(withValue(0, Number.POSITIVE_INFINITY)), /row 1, column sma: is infinite/],
    ['one below all bounds', () => encoded(withValue(1, -Infinity)), /row 1, column turnover_total: is infinite/],
    ['no known_at', () => withStream(encodeSection(INDICATOR_KEY_FIELDS.slice(0, 2), key)), /known_at is missing/],
    ['bytes for values', () => withColumn('u8', new Uint8Array(1)), /column sma is of type u8, which no indicator is/],
    ['64-bit whole numbers', () => withColumn('i64', new Float64Array(1)), /column sma is of type i64/],
    ['no Arrow', () => withStream(Buffer.from('just some text, and rather long')), /not an Arrow IPC stream/],
    ['a name twice', () => encoded({ ...rowsOf(2), names: ['sma', 'sma', 'pattern'] }), /column sma is there twice/],
    ['the name of a key', () => encoded({ ...rowsOf(2), names: ['sma', 'ts', 'pattern'] }), /column ts is there twice/],
    [
      'a short column',
      () => encoded({ ...rowsOf(2), knownAt: new Float64Array([OPEN]) }),
      /column known_at has 1 rows instead of 2/,
    ],
    ['values of no name', () => encoded({ ...rowsOf(2), names: ['sma'] }), /column number 5 has no name/],
    ['a name of no values', () => encoded({ ...rowsOf(2), columns: [] }), /column sma has no values/],
  ])('with %s is refused with the reason', (_, body, message) => {
    expect(() => decodeBatch(body())).toThrow(
      expect.objectContaining({ code: 'RTP_BATCH_INVALID', message: expect.stringMatching(message) }),
    );
  });

  function encoded(indicators: IndicatorRows): Uint8Array {
    return encodeBatch(makeBatch(ENVELOPE, { indicators }));
  }
});
