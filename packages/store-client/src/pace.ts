import { setImmediate as turn } from 'node:timers/promises';
import { monotonicMs } from '@rtp/core';

/** Longest real time that others in the process are kept waiting at a stretch. */
const STRETCH_MS = 10;

/** Lets others have their turn whenever a stretch of work has been long enough. */
export class Pace {
  private since = monotonicMs();

  async rest(): Promise<void> {
    if (monotonicMs() - this.since < STRETCH_MS) return;
    await turn();
    this.since = monotonicMs();
  }
}
