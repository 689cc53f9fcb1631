import { monotonicMs } from '@rtp/core';

/** A second Ctrl+C within this is the first one's echo: an impatient finger, a terminal that sends it twice. */
const ECHO_MS = 5_000;

export interface StopSignalHandlers {
  /** The first SIGINT, SIGTERM or SIGHUP. */
  stop(reason: string): void;
  /** A later one, after the echo time: the person means it. */
  force(): void;
  /** One within the echo time. */
  ignored?(remainingMs: number): void;
}

/** Listens for the signals that end this process in order. Returns how to stop listening. */
export function onStopSignals(handlers: StopSignalHandlers): () => void {
  let firstAt: number | null = null;
  const listen = (signal: NodeJS.Signals): void => {
    const now = monotonicMs();
    if (firstAt === null) {
      firstAt = now;
      handlers.stop(signal === 'SIGINT' ? 'Ctrl+C' : signal);
    } else if (now - firstAt < ECHO_MS) {
      handlers.ignored?.(firstAt + ECHO_MS - now);
    } else {
      handlers.force();
    }
  };
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const signal of signals) process.on(signal, listen);
  return () => {
    for (const signal of signals) process.removeListener(signal, listen);
  };
}
