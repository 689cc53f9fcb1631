import { terminalLine, tradingDateOf } from '@rtp/core';

/** Most severe first. */
export const LEVELS = ['error', 'warn', 'info', 'debug'] as const;
export type Level = (typeof LEVELS)[number];

/** One line of a log file. */
export interface LogEntry {
  /** Wall clock; of a line that says none, that of the line before it. */
  readonly at: number;
  readonly level: Level;
  /** As it stands in the file, without its newline. */
  readonly text: string;
  /** Null for a line that is not a JSON object. */
  readonly fields: Readonly<Record<string, unknown>> | null;
}

/** Reads a line; `before` is the instant of the line before it. */
export function readEntry(text: string, before: number): LogEntry {
  const fields = parsed(text);
  const at = Date.parse(String(fields?.ts));
  const level = LEVELS.find((known) => known === fields?.level) ?? 'info';
  return { at: Number.isNaN(at) ? before : at, level, text, fields };
}

export const isAtLeast = ({ level }: LogEntry, least: Level): boolean => LEVELS.indexOf(level) <= LEVELS.indexOf(least);

/** Words entries for people, with a line before each new IST date. */
export function entryPrinter(owner: (entry: LogEntry) => string, isColoured: boolean): (entry: LogEntry) => string {
  let date = '';
  return (entry) => {
    const { fields, text, at } = entry;
    const role = owner(entry);
    const line =
      fields === null
        ? `${' '.repeat(15)}${role.padEnd(14)} ${harmless(text)}`
        : terminalLine({ level: 'info', role, message: '', ...harmlessFields(fields) }, isColoured);
    const isNewDate = at > 0 && tradingDateOf(at) !== date;
    if (isNewDate) date = tradingDateOf(at);
    return `${isNewDate ? `-- ${date} IST --\n` : ''}${line}\n`;
  };
}

/** Control characters of what others sent us do not reach the terminal. */
function harmless(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
  return text.replaceAll(/[\x00-\x08\x0b-\x1f\x7f]/g, '?');
}

function harmlessFields(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const entries = Object.entries(fields);
  return Object.fromEntries(
    entries.map(([key, value]) => [harmless(key), typeof value === 'string' ? harmless(value) : value]),
  );
}

function parsed(text: string): LogEntry['fields'] {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as LogEntry['fields']) : null;
  } catch {
    return null;
  }
}
