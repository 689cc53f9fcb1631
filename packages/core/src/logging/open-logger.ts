import { createRequire } from 'node:module';
import { Writable } from 'node:stream';
import type winston from 'winston';
import { wallClockMs } from '../clock/real-time.ts';
import { LOG_NAMES, type ProcessRole } from '../ipc/components.ts';
import { terminalLine } from './log-line.ts';
import type { LogFields, Logger } from './logger.ts';
import { redact, redactText } from './redact.ts';
import { RotatingFile } from './rotating-file.ts';

export type LogLevel = 'error' | 'warn' | 'info' | 'debug';

export interface OpenLoggerOptions {
  readonly role: ProcessRole;
  readonly logsDir: string;
  readonly level: LogLevel;
  /** The file is rotated at this size, and at midnight IST. */
  readonly max_size_mb: number;
  /** Days a rotated file is kept. */
  readonly keep_days: number;
  /** Whether readable lines go to standard output too. */
  readonly console: boolean;
}

export interface OpenLogger {
  readonly logger: Logger;
  /** Least severe lines that are kept from now on. */
  setLevel(level: LogLevel): void;
  /** Resolves when every line is written; later lines are dropped. */
  close(): Promise<void>;
}

/** Loaded with the first log: commands that only ask a running system, such as `rtp status`, write none. */
const loadWinston = (): typeof winston => createRequire(import.meta.url)('winston') as typeof winston;

/** Level and message under the names winston needs to route a line. */
interface Line {
  readonly level: string;
  readonly message: string;
  readonly [field: string]: unknown;
}

/**
 * Opens a process's log: JSON lines `{ts, level, role, pid, message, ...fields}` in `<logsDir>/<name>.log`, `ts` being
 * the wall clock. Secrets are redacted before a line reaches any output. Nothing that happens to the file or the
 * terminal throws or ends the process.
 */
export function openLogger(options: OpenLoggerOptions): OpenLogger {
  const { role, logsDir, level, max_size_mb, keep_days } = options;
  const file = new RotatingFile({
    dir: logsDir,
    name: LOG_NAMES[role],
    maxBytes: max_size_mb * 1024 * 1024,
    keepDays: keep_days,
  });
  const outputs: winston.transport[] = [lineTransport(JSON.stringify, (text) => file.write(text))];
  if (options.console) outputs.push(lineTransport(terminalLine, writeToTerminal));
  const root = loadWinston().createLogger({ level, transports: outputs, exitOnError: false });
  let isOpen = true;

  const write = (lineLevel: Line['level'], message: string, fields: LogFields): void => {
    if (!isOpen || !root.isLevelEnabled(lineLevel)) return;
    const ts = new Date(wallClockMs()).toISOString();
    const clean = redact(fields) as Record<string, unknown>;
    root.log({ ts, level: lineLevel, role, pid: process.pid, message: redactText(message), ...withoutReserved(clean) });
  };
  const loggerWith = (bound: LogFields): Logger => {
    const at =
      (lineLevel: Line['level']) =>
      (message: string, fields: LogFields = {}): void =>
        write(lineLevel, message, { ...bound, ...fields });
    return Object.freeze({
      error: at('error'),
      warn: at('warn'),
      info: at('info'),
      debug: at('debug'),
      child: (fields: LogFields) => loggerWith({ ...bound, ...fields }),
    });
  };

  return Object.freeze({
    logger: loggerWith({}),
    setLevel: (next: LogLevel) => {
      root.level = next;
    },
    close: async () => {
      if (!isOpen) return;
      isOpen = false;
      await new Promise<void>((resolve) => {
        root.once('finish', resolve);
        root.end();
      });
      file.close();
    },
  });
}

/** A winston transport that writes each line, as `format` words it, at once. */
function lineTransport(format: (line: Line) => string, write: (text: string) => void): winston.transport {
  const stream = new Writable({
    decodeStrings: false,
    write: (text, _encoding, done) => {
      write(text as string);
      done();
    },
  });
  const { format: formats, transports } = loadWinston();
  return new transports.Stream({
    stream,
    eol: '\n',
    format: formats.printf((line) => format(line as Line)),
  });
}

const RESERVED = ['ts', 'level', 'role', 'pid', 'message'];

/** Fields under the line's own names are kept with an underscore behind. */
function withoutReserved(fields: Record<string, unknown>): Record<string, unknown> {
  for (const key of RESERVED) {
    if (!(key in fields)) continue;
    fields[`${key}_`] = fields[key];
    delete fields[key];
  }
  return fields;
}

/** A closed or full terminal pipe loses lines, not the process. */
function writeToTerminal(text: string): void {
  if (process.stdout.listenerCount('error') === 0) process.stdout.on('error', () => {});
  process.stdout.write(text);
}
