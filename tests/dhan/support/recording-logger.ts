import type { Logger } from '@rtp/core';

export interface RecordingLogger extends Logger {
  readonly lines: string[];
}

/** Keeps every line with its fields, as text. */
export function recordingLogger(lines: string[] = []): RecordingLogger {
  const at =
    (level: string) =>
    (message: string, fields?: unknown): void =>
      void lines.push(`${level} ${message} ${JSON.stringify(fields ?? {})}`);
  return {
    lines,
    error: at('error'),
    warn: at('warn'),
    info: at('info'),
    debug: at('debug'),
    child: () => recordingLogger(lines),
  };
}
