import type { SystemStatus } from '@rtp/core';
import { managerErrors } from '../errors.ts';
import type { RunningSystem } from './start-options.ts';

/**
 * Resolves with the first snapshot that satisfies `predicate`. Errors: the signal's reason; RTP_NOT_RUNNING when the
 * system stops before.
 */
export function waitUntil(
  system: Pick<RunningSystem, 'status' | 'onChange' | 'stopped'>,
  predicate: (status: SystemStatus) => boolean,
  signal?: AbortSignal,
): Promise<SystemStatus> {
  return new Promise((resolve, reject) => {
    const leave = (): void => {
      stopListening();
      signal?.removeEventListener('abort', onAbort);
    };
    const onAbort = (): void => {
      leave();
      reject(signal?.reason);
    };
    const look = (status: SystemStatus): void => {
      if (!predicate(status)) return;
      leave();
      resolve(status);
    };
    const stopListening = system.onChange(look);
    signal?.addEventListener('abort', onAbort);
    void system.stopped.then(() => {
      leave();
      reject(managerErrors.create('RTP_NOT_RUNNING', 'The system has stopped.'));
    });
    if (signal?.aborted) onAbort();
    else look(system.status());
  });
}
