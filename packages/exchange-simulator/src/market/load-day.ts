import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { addDays, atIst, describeError, type SessionCalendar, type TradingDate, weekdayOf } from '@rtp/core';
import { doubles, sqlText, withDuck } from '../day/duck.ts';
import { readUniverse } from '../day/identities.ts';
import { DAY_FILES, type DayFile, dayFileSchema, INDICES, type UniverseRow } from '../day/prepared-day.ts';
import { simulatorErrors } from '../errors.ts';
import { hashText, mixSeeds, Random } from '../random.ts';
import { priceStep, UNITS_PER_RUPEE } from '../tape/price-grid.ts';
import { type BarColumns, MarketDay, type MarketInstrument } from './market-day.ts';

/** How far the day's first price lies from the previous close at most. */
const MAX_GAP = 0.008;

/** Loads a prepared day. Errors: RTP_SIMULATOR_DAY_MISSING. */
export async function loadDay(dir: string, calendar: SessionCalendar): Promise<MarketDay> {
  try {
    const file = dayFileSchema.parse(JSON.parse(readFileSync(join(dir, DAY_FILES.day), 'utf8')));
    const universe = readUniverse(join(dir, DAY_FILES.universe));
    const { symbols, firstRows, bars } = await readBars(join(dir, DAY_FILES.bars));
    const auction = new Set(file.closingAuctionSymbols);
    const instruments = symbols.map((symbol, index) =>
      instrumentOf(index, symbol, universe.get(symbol), auction.has(symbol), bars, [
        firstRows[index] as number,
        firstRows[index + 1] ?? bars.ts.length,
      ]),
    );
    return new MarketDay({
      date: file.date,
      previousDate: tradingDateBefore(file.date, calendar),
      calendar,
      instruments,
      bars,
      windowOpens: windowOpens(file),
    });
  } catch (error) {
    throw simulatorErrors.create('RTP_SIMULATOR_DAY_MISSING', `${dir} is not a prepared day: ${describeError(error)}.`);
  }
}

async function readBars(
  file: string,
): Promise<{ readonly symbols: string[]; readonly firstRows: number[]; readonly bars: BarColumns }> {
  return withDuck(async (connection) => {
    const source = `read_parquet(${sqlText(file)})`;
    const counts = await connection.runAndReadAll(
      `select symbol, count(*)::double from ${source} group by symbol order by symbol`,
    );
    const symbols: string[] = [];
    const firstRows: number[] = [];
    let length = 0;
    for (const [symbol, count] of counts.getRowsJS() as [string, number][]) {
      symbols.push(symbol);
      firstRows.push(length);
      length += count;
    }
    const columns = Array.from({ length: 6 }, () => new Float64Array(length));
    const result = await connection.stream(
      `select epoch_ms(time)::double, open, high, low, close, volume::double from ${source} order by symbol, time`,
    );
    let row = 0;
    for (;;) {
      const chunk = await result.fetchChunk();
      if (chunk === null || chunk.rowCount === 0) break;
      for (const [index, column] of columns.entries()) {
        column.set(doubles(chunk, index).subarray(0, chunk.rowCount), row);
      }
      row += chunk.rowCount;
    }
    const [ts, open, high, low, close, volume] = columns as [
      Float64Array,
      Float64Array,
      Float64Array,
      Float64Array,
      Float64Array,
      Float64Array,
    ];
    return { symbols, firstRows, bars: { ts, open, high, low, close, volume } };
  });
}

function instrumentOf(
  index: number,
  symbol: string,
  listed: UniverseRow | undefined,
  isClosingAuctionShare: boolean,
  bars: BarColumns,
  [firstRow, endRow]: readonly [number, number],
): MarketInstrument {
  const known = INDICES.get(symbol);
  if (listed === undefined && known === undefined) throw new Error(`universe.csv has no row of ${symbol}`);
  const step = priceStep(pricesOf(bars, firstRow, endRow));
  const seed = hashText(symbol);
  return Object.freeze({
    index,
    symbol,
    segment: listed === undefined ? 'IDX_I' : 'NSE_EQ',
    securityId: Number(listed?.securityId ?? known?.securityId),
    isin: listed?.isin ?? '',
    name: listed?.name ?? known?.name ?? symbol,
    isIndex: listed === undefined,
    isClosingAuctionShare,
    step,
    seed,
    previousClose: previousClose(bars.open[firstRow] as number, step, seed),
    firstRow,
    endRow,
  });
}

function* pricesOf({ open, high, low, close }: BarColumns, firstRow: number, endRow: number): Generator<number> {
  for (const column of [open, high, low, close]) {
    for (let row = firstRow; row < endRow; row += 1) yield column[row] as number;
  }
}

/** A recorded day does not tell the close before it: one near the day's first price, the same every time. */
function previousClose(firstPrice: number, step: number, seed: number): number {
  const gap = (new Random(mixSeeds(seed, 1)).next() - 0.5) * 2 * MAX_GAP;
  const steps = Math.max(1, Math.round((firstPrice * (1 + gap) * UNITS_PER_RUPEE) / step));
  return (steps * step) / UNITS_PER_RUPEE;
}

function tradingDateBefore(date: TradingDate, calendar: SessionCalendar): TradingDate {
  const known = calendar.previousTradingDay(date);
  if (known !== null) return known;
  let before = addDays(date, -1);
  while (weekdayOf(before) > 5) before = addDays(before, -1);
  return before;
}

function windowOpens(file: DayFile): readonly number[] {
  return file.windows.map(([open]) => atIst(file.date, open));
}
