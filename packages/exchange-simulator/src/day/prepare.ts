import { basename } from 'node:path';
import { defaultConfig, loadCalendar, parseTradingDate, type SessionCalendar, type TradingDate } from '@rtp/core';
import { simulatorErrors } from '../errors.ts';
import { generateDay } from '../generate/generate-day.ts';
import { BarTable } from './bar-table.ts';
import { identify, readUniverse } from './identities.ts';
import { type DayFile, DEFAULT_GENERATED_DATE, INDICES } from './prepared-day.ts';
import { readBarsFile } from './read-bars-file.ts';
import { closingAuctionSymbols, windowsOfDay } from './session-windows.ts';
import { SHIPPED_DAYS } from './shipped-days.ts';
import { type Day, writeDay } from './write-day.ts';

/** Which day to prepare: exactly one of `bars`, `generate` and `shipped`. */
export interface DayChoice {
  /** A CSV, CSV.gz or Parquet file of recorded bars. */
  readonly bars?: string | undefined;
  /** How many shares to generate, 1 to 5,000. */
  readonly generate?: number | undefined;
  readonly seed?: number | undefined;
  /** One of the days that come with RTP. */
  readonly shipped?: TradingDate | undefined;
  /** The date to take from `bars`, or to generate. */
  readonly date?: TradingDate | undefined;
}

export const MAX_GENERATED_SYMBOLS = 5_000;

/**
 * Prepares a day for the simulated exchange in `dir` and returns its `day.json`.
 * Errors: RTP_SIMULATOR_USAGE, RTP_BARS_FILE_UNREADABLE, RTP_BARS_FILE_INVALID, RTP_BARS_DATE_UNKNOWN,
 * RTP_DATE_INVALID, RTP_CALENDAR_INVALID.
 */
export async function prepareDay(choice: DayChoice, dir: string): Promise<DayFile> {
  if (choice.date !== undefined) parseTradingDate(choice.date);
  const given = [choice.bars, choice.generate, choice.shipped].filter((value) => value !== undefined);
  if (given.length !== 1) {
    throw simulatorErrors.create('RTP_SIMULATOR_USAGE', `${given.length} days were named, one is needed.`);
  }
  const calendar = loadCalendar({ file: defaultConfig().calendar.file });
  return writeDay(await chooseDay(choice, calendar), dir);
}

async function chooseDay(choice: DayChoice, calendar: SessionCalendar): Promise<Day> {
  if (choice.generate !== undefined) {
    const { generate: symbols, seed = 1, date = DEFAULT_GENERATED_DATE } = choice;
    if (!Number.isInteger(symbols) || symbols < 1 || symbols > MAX_GENERATED_SYMBOLS) {
      throw simulatorErrors.create('RTP_SIMULATOR_USAGE', `--generate takes 1 to ${MAX_GENERATED_SYMBOLS} symbols.`);
    }
    if (!Number.isInteger(seed) || seed < 0) {
      throw simulatorErrors.create('RTP_SIMULATOR_USAGE', '--seed takes a whole number from 0.');
    }
    return generateDay({ symbols, seed, date, calendar, universe: readUniverse() });
  }
  if (choice.bars !== undefined) {
    return recordedDay(choice.bars, choice.date, `recorded: ${basename(choice.bars)}`, calendar);
  }
  const date = choice.shipped as TradingDate;
  const shipped = SHIPPED_DAYS.get(date);
  if (shipped === undefined) {
    const known = [...SHIPPED_DAYS.keys()].join(', ');
    throw simulatorErrors.create('RTP_BARS_DATE_UNKNOWN', `No bars of ${date} come with RTP; it has ${known}.`);
  }
  return recordedDay(shipped.file, date, `recorded: ${shipped.provenance}`, calendar);
}

async function recordedDay(
  file: string,
  wanted: TradingDate | undefined,
  provenance: string,
  calendar: SessionCalendar,
): Promise<Day> {
  const { date, bars: read } = await readBarsFile(file, wanted);
  const bars = withoutIndexVolume(read);
  return {
    date,
    source: 'recorded',
    name: 'recorded day',
    windows: windowsOfDay(calendar, date, bars),
    closingAuctionSymbols: closingAuctionSymbols(calendar, date, bars),
    provenance,
    universe: identify(bars.symbols, readUniverse()),
    bars,
  };
}

/** The broker's indices have no volume (DhanHQ charts and feed), whatever the file's source made of them. */
function withoutIndexVolume(bars: BarTable): BarTable {
  if (!bars.symbols.some((symbol) => INDICES.has(symbol))) return bars;
  const cleaned = new BarTable();
  for (let row = 0; row < bars.length; row += 1) {
    const symbol = bars.symbol(row);
    const bar = bars.bar(row);
    cleaned.add(symbol, bars.ts(row), INDICES.has(symbol) ? { ...bar, volume: 0 } : bar);
  }
  return cleaned;
}
