import { setImmediate as turn } from 'node:timers/promises';
import { monotonicMs } from '@rtp/core';

/** Resolves as soon as `holds`; fails after `limitMs` of real time. */
export async function eventually(holds: () => boolean, limitMs = 5_000): Promise<void> {
  const deadline = monotonicMs() + limitMs;
  while (!holds()) {
    if (monotonicMs() > deadline) throw new Error(`not so within ${limitMs} ms: ${holds}`);
    await turn();
  }
}
