import { monotonicMs } from '@rtp/core';
import { hasTerminal } from './controlling-terminal.ts';

/** A second Ctrl+C within this is the first one's echo: an impatient finger, a terminal that sends it twice. */
const ECHO_MS = 5_000;

export interface StopSignalHandlers {
  /** The first SIGINT or SIGTERM, or a SIGHUP that means the same. */
  stop(reason: string): void;
  /** A later one, after the echo time: the person means it. */
  force(): void;
  /** One within the echo time. */
  ignored?(remainingMs: number): void;
  /** A SIGHUP that asks for the configuration to be read again; without this one, every SIGHUP ends the process. */
  reload?(): void;
}

/**
 * Listens for the signals that end this process in order. SIGHUP says two things: that the terminal has been hung up (the
 * window is closed, so this process ends), or, where there is no terminal or it is still there, that the configuration should
 * be read again. Returns how to stop listening.
 */
export function onStopSignals(handlers: StopSignalHandlers): () => void {
  let firstAt: number | null = null;
  const hadTerminal = hasTerminal();
  const listen = (signal: NodeJS.Signals): void => {
    const isHungUp = hadTerminal && !hasTerminal();
    if (signal === 'SIGHUP' && firstAt === null && handlers.reload !== undefined && !isHungUp) {
      handlers.reload();
      return;
    }
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
