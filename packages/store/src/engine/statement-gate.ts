/**
 * Counts the statements that run, and can keep others from beginning for a moment.
 *
 *   open ──whileIdle(), and none runs──▶ closed ──its work is over──▶ open
 */
export class StatementGate {
  private running = 0;
  private closed: Promise<void> | undefined;

  /** Resolves when a statement may begin; `leave` must follow. */
  async enter(): Promise<void> {
    while (this.closed !== undefined) await this.closed;
    this.running += 1;
  }

  leave(): void {
    this.running -= 1;
  }

  /** Runs `work` while no statement does; those that come meanwhile wait. Does nothing when one is running. */
  async whileIdle(work: () => Promise<void>): Promise<void> {
    if (this.running > 0 || this.closed !== undefined) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.closed = promise;
    try {
      await work();
    } finally {
      this.closed = undefined;
      resolve();
    }
  }
}
