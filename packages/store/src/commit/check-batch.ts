import { istIso, MINUTE_MS, type TradingDate, tradingDateOf } from '@rtp/core';
import { storedColumns } from '@rtp/indicators';
import {
  type DecodedBatch,
  type IndicatorRows,
  type IndicatorValues,
  indicatorKind,
  storeClientErrors,
} from '@rtp/store-client';

/** Checks what only the store can know. Errors: RTP_BATCH_INVALID naming row and column. */
export function checkBatch(batch: DecodedBatch, isKnown: (instrumentId: number) => boolean): void {
  const { bars, absences, indicators, envelope } = batch;
  const check = (section: string, instrumentIds: Uint32Array, ts: Float64Array): void => {
    for (let row = 0; row < ts.length; row += 1) {
      const instrumentId = instrumentIds[row] as number;
      if (!isKnown(instrumentId)) throw invalid(section, row, 'instrument_id', `${instrumentId} was never registered`);
      checkMinute(section, row, ts[row] as number, envelope.tradingDate);
    }
  };
  check('bars', bars.columns.instrument_id, bars.columns.ts);
  check('absences', absences.columns.instrument_id, absences.columns.ts);
  check('indicators', indicators.instrumentIds, indicators.ts);
  if (indicators.ts.length > 0) checkColumns(indicators);
}

const STORED = new Map(storedColumns.map(({ name, valueType }) => [name, valueType]));

/** A section of indicators has every stored column of the registry, in any order, and no other. */
function checkColumns({ names, columns }: IndicatorRows): void {
  for (const [index, name] of names.entries()) {
    const expected = STORED.get(name);
    if (expected === undefined) throw invalidColumn(name, 'is no stored indicator');
    const found = indicatorKind(columns[index] as IndicatorValues);
    if (found !== expected) throw invalidColumn(name, `is of type ${found} instead of ${expected}`);
  }
  const given = new Set(names);
  const missing = storedColumns.find(({ name }) => !given.has(name));
  if (missing !== undefined) throw invalidColumn(missing.name, 'is missing');
}

function checkMinute(section: string, row: number, ts: number, tradingDate: TradingDate): void {
  if (ts % MINUTE_MS !== 0) throw invalid(section, row, 'ts', `${ts} is not the start of a minute`);
  if (tradingDateOf(ts) !== tradingDate) throw invalid(section, row, 'ts', `${istIso(ts)} is not on ${tradingDate}`);
}

function invalid(section: string, row: number, column: string, problem: string): Error {
  return storeClientErrors.create('RTP_BATCH_INVALID', `${section}: row ${row}, column ${column}: ${problem}.`);
}

function invalidColumn(column: string, problem: string): Error {
  return storeClientErrors.create('RTP_BATCH_INVALID', `indicators: column ${column} ${problem}.`);
}
