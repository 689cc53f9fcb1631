/** Parsers of option values. They import nothing of ours, so that `--help` and a typing error answer at once. */
import { InvalidArgumentError } from 'commander';

/** Component names as the command line takes them. */
export const COMPONENT_NAMES = ['simulator', 'store', 'scheduler', 'monitor', 'pipeline'] as const;
/** Whose log there is. */
export const LOG_OWNER_NAMES = [...COMPONENT_NAMES, 'system-manager', 'audit'] as const;
export const LEVEL_NAMES = ['error', 'warn', 'info', 'debug'] as const;
export const TIMEFRAME_NAMES = ['1T', '3T', '5T', '15T', '30T', '1H', '1D'] as const;
export const MAX_SPEED = 3_600;
export const MAX_SYMBOLS = 5_000;

export const parsePort = (text: string): number =>
  wholeNumber(text, 0, 65_535, 'a port from 0 (any free one) to 65535');

export const parseSymbolCount = (text: string): number =>
  wholeNumber(text, 1, MAX_SYMBOLS, `a whole number from 1 to ${MAX_SYMBOLS}`);

export const parseDayCount = (text: string): number => wholeNumber(text, 1, 1_250, 'a whole number from 1 to 1250');

export const parseSeed = (text: string): number =>
  wholeNumber(text, 0, 4_294_967_295, 'a whole number from 0 to 4294967295');

/** Seconds between two screens of a command that watches. */
export function parseSeconds(text: string): number {
  const seconds = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  if (!(seconds >= 0.1 && seconds <= 3_600)) {
    throw new InvalidArgumentError('It takes seconds from 0.1 to 3600, such as 1.');
  }
  return seconds;
}

export const parseLineCount = (text: string): number =>
  wholeNumber(text, 0, 100_000, 'a whole number from 0 to 100000');

export const parseDays = (text: string): number => wholeNumber(text, 1, 10_000, 'a whole number from 1 to 10000');

export function parsePercent(text: string): number {
  const percent = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  if (!(percent <= 100)) throw new InvalidArgumentError('It takes a percentage from 0 to 100.');
  return percent;
}

/** Market seconds per real second. */
export function parseSpeed(text: string): number {
  const speed = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  if (!(speed > 0 && speed <= MAX_SPEED)) {
    throw new InvalidArgumentError(`It takes a number above 0 and up to ${MAX_SPEED}, such as 60.`);
  }
  return speed;
}

export function parseDate(text: string): string {
  const midnight = /^\d{4}-\d{2}-\d{2}$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN;
  if (Number.isNaN(midnight) || new Date(midnight).toISOString().slice(0, 10) !== text) {
    throw new InvalidArgumentError('It takes a date of the calendar as YYYY-MM-DD, such as 2016-09-30.');
  }
  return text;
}

export function parseTime(text: string): string {
  if (!/^([01]\d|2[0-3]):[0-5]\d$/.test(text)) {
    throw new InvalidArgumentError('It takes an IST time of day as HH:MM, such as 09:15.');
  }
  return text;
}

export function parseSymbol(text: string): string {
  const symbol = text.toUpperCase();
  if (!/^[A-Z0-9][A-Z0-9&$.\- ]{0,31}$/.test(symbol)) {
    throw new InvalidArgumentError('It takes an NSE trading symbol, such as RELIANCE or M&M.');
  }
  return symbol;
}

/** Names separated by commas. */
export function parseNames(text: string): readonly string[] {
  const names = text.split(',').map((name) => name.trim().toLowerCase());
  if (names.includes('')) throw new InvalidArgumentError('It takes names separated by commas, such as rsi_14,ema_20.');
  return names;
}

/** Trading symbols separated by commas. */
export const parseSymbols = (text: string): readonly string[] =>
  text.split(',').map((symbol) => parseSymbol(symbol.trim()));

export function parsePrice(text: string): number {
  const price = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  if (!(price > 0)) throw new InvalidArgumentError('It takes a price above 0, such as 0.05.');
  return price;
}

export function oneOf<Value extends string>(values: readonly Value[]): (text: string) => Value {
  return (text) => {
    const found = values.find((value) => value.toLowerCase() === text.toLowerCase());
    if (found === undefined) throw new InvalidArgumentError(`It takes one of ${values.join(', ')}.`);
    return found;
  };
}

export function nonEmpty(text: string): string {
  if (text.trim() === '') throw new InvalidArgumentError('It takes a path that is not empty.');
  return text;
}

function wholeNumber(text: string, min: number, max: number, accepted: string): number {
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= min && value <= max)) throw new InvalidArgumentError(`It takes ${accepted}.`);
  return value;
}
