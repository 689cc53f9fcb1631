import { setImmediate as nextTurn } from 'node:timers/promises';
import { monotonicMs } from '@rtp/core';

/** Longest that work holds up the process between two turns of its event loop, but for the step that exceeds it. */
const SLICE_MS = 8;

/** Runs steps to their end, and lets everything else have its turn between slices of them. */
export async function runInSlices<Result>(steps: Generator<void, Result>): Promise<Result> {
  let started = monotonicMs();
  for (let step = steps.next(); ; step = steps.next()) {
    if (step.done === true) return step.value;
    if (monotonicMs() - started < SLICE_MS) continue;
    await nextTurn();
    started = monotonicMs();
  }
}
