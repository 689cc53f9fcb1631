import { rm } from 'node:fs/promises';
import { type RealTimer, realTimer } from '@rtp/core';

/**
 * Removes files some real time after the catalogue stopped naming them: a query that began before still has their
 * names. What is pending when the process ends is found again by the next start.
 */
export class Retirement {
  private readonly graceMs: number;
  private readonly pending = new Map<RealTimer, readonly string[]>();

  constructor(graceMs: number) {
    this.graceMs = graceMs;
  }

  /** Removes `files` after the grace. */
  retire(files: readonly string[]): void {
    if (files.length === 0) return;
    const timer = realTimer(
      this.graceMs,
      () => {
        this.pending.delete(timer);
        void remove(files);
      },
      { keepAlive: false },
    );
    this.pending.set(timer, files);
  }

  cancel(): void {
    for (const timer of this.pending.keys()) timer.cancel();
    this.pending.clear();
  }
}

async function remove(files: readonly string[]): Promise<void> {
  for (const file of files) await rm(file, { force: true });
}
