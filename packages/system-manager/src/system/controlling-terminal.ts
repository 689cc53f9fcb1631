import { closeSync, constants, openSync } from 'node:fs';

/**
 * Whether this process has a terminal that a person can still type at. A terminal that is hung up is taken from all processes of
 * its session: opening it fails from then on (tty(4), ENXIO).
 */
export function hasTerminal(): boolean {
  try {
    closeSync(openSync('/dev/tty', constants.O_RDWR | constants.O_NOCTTY));
    return true;
  } catch {
    return false;
  }
}
