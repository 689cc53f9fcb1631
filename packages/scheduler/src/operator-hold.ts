/**
 * An operator's wish for the pipeline, kept over restarts.
 *
 *   none ──stop──▶ stopped by hand ──start, or the next preparation──▶ none
 *   none ──start, where the calendar wants it down──▶ started by hand ──a run ends (phase `done`), or the next preparation──▶ none
 */
import { describeError, type EpochMs, type Logger } from '@rtp/core';
import type { OperatorMemory } from './operator-file.ts';
import { isInForce } from './operator-override.ts';
import type { OperatorOverride } from './pipeline-control.ts';
import type { FinishedRun } from './pipeline-wish.ts';

export class OperatorHold {
  /** Times that the wish could not be kept. */
  errors = 0;
  /** Why it is not kept; empty when it is. */
  failure = '';
  private readonly memory: OperatorMemory;
  private readonly logger: Logger;
  private wish: OperatorOverride | null;
  /** The finished run that was known when the wish was made: only a later one ends a manual start. */
  private finishedBefore: FinishedRun | null = null;

  constructor(memory: OperatorMemory, logger: Logger) {
    this.memory = memory;
    this.logger = logger;
    this.wish = memory.read();
  }

  get override(): OperatorOverride | null {
    return this.wish;
  }

  set(override: OperatorOverride | null, finished: FinishedRun | null): void {
    this.finishedBefore = finished;
    if (override === null && this.wish === null) return;
    this.wish = override;
    try {
      this.memory.write(override);
      this.failure = '';
    } catch (error) {
      // It holds all the same, for as long as this process lives.
      this.failure = `the operator's wish cannot be kept: ${describeError(error)}`;
      this.errors += 1;
      this.logger.error(this.failure);
    }
  }

  /** Lifts what has lapsed at `now`, `finished` being the last finished run. */
  look(now: EpochMs, finished: FinishedRun | null): void {
    if (this.wish === null) return;
    const isDone = this.wish.wanted === 'up' && finished !== this.finishedBefore;
    if (!isDone && isInForce(this.wish, now)) return;
    const why = isDone ? 'the pipeline has nothing left to do' : 'its time is over';
    this.logger.info("the operator's wish is lifted", { why });
    this.set(null, finished);
  }
}
