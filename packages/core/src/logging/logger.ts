/** Structured context of a log line. Secrets are redacted by key and by value. */
export type LogFields = Readonly<Record<string, unknown>>;

/** The logger port: JSON lines in the process's own file, readable lines on a terminal. */
export interface Logger {
  error(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  debug(message: string, fields?: LogFields): void;
  /** A logger whose lines carry these fields too. */
  child(fields: LogFields): Logger;
}

/** A logger that keeps nothing, for tests and libraries used alone. */
export const silentLogger: Logger = Object.freeze({
  error: () => {},
  warn: () => {},
  info: () => {},
  debug: () => {},
  child: () => silentLogger,
});
