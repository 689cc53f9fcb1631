import { istTimeOf } from '../time/ist.ts';

const COLOURS: Readonly<Record<string, string>> = {
  error: '\x1b[31m',
  warn: '\x1b[33m',
  info: '\x1b[32m',
  debug: '\x1b[90m',
};
const DIM = '\x1b[2m';
const PLAIN = '\x1b[0m';
const HEAD = new Set(['ts', 'level', 'role', 'pid', 'message']);

/** A log line for people: IST time, level, process, message, fields; coloured when `isColoured`. */
export function terminalLine(line: Readonly<Record<string, unknown>>, isColoured = process.stdout.isTTY): string {
  const paint = (colour: string, text: string): string => (isColoured && text ? `${colour}${text}${PLAIN}` : text);
  const level = String(line.level);
  const fields = Object.entries(line)
    .filter(([key, value]) => !HEAD.has(key) && value !== undefined)
    .map(([key, value]) => `${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`);
  const time = istTimeOf(Date.parse(String(line.ts)));
  return [
    time,
    paint(COLOURS[level] ?? '', level.toUpperCase().padEnd(5)),
    String(line.role).padEnd(14),
    String(line.message),
    paint(DIM, fields.join(' ')),
  ]
    .join(' ')
    .trimEnd();
}
