import type { EpochMs } from '../time/ist.ts';
import { AnchoredClock } from './anchored-clock.ts';

/** The market clock of a live day: the host's wall clock. */
export class SystemClock extends AnchoredClock {
  readonly kind = 'system';
  readonly speed = 1;

  now(): EpochMs {
    return Date.now();
  }
}
