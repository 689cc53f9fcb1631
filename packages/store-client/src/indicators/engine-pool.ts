/**
 * Engines of one series, by their columns. Compiling one takes a hundred times as long as a day of bars, so those used
 * last are kept for the next question about the same columns.
 *
 *   lent ──give──▶ idle ──take (same columns)──▶ lent
 *                    └──too many others since, or none used for a while──▶ dropped
 */
import { type RealTimer, realTimer } from '@rtp/core';
import { IndicatorEngine } from '@rtp/indicators';

const MAX_IDLE = 16;
/** Real time after the last use when all are dropped: a question now and then is not worth their memory. */
const IDLE_MS = 60_000;
const idle = new Map<string, IndicatorEngine>();
let forgetting: RealTimer | undefined;

/** An engine that has seen no bar yet. */
export function takeEngine(columns: readonly string[]): IndicatorEngine {
  const key = columns.join();
  const kept = idle.get(key);
  if (kept === undefined) return new IndicatorEngine(columns, 1);
  idle.delete(key);
  kept.reset(0);
  return kept;
}

/** Hands an engine back; it must not be used any more. */
export function giveEngine(engine: IndicatorEngine): void {
  idle.set(engine.columns.join(), engine);
  const [oldest] = idle.keys();
  if (idle.size > MAX_IDLE && oldest !== undefined) idle.delete(oldest);
  forgetting?.cancel();
  forgetting = realTimer(IDLE_MS, () => idle.clear(), { keepAlive: false });
}
