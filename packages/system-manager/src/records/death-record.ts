import { COMPONENTS } from '@rtp/core';
import { z } from 'zod';

const instant = z.number();

/** An end of a child that nobody had asked for. */
export const deathSchema = z.object({
  kind: z.literal('death'),
  /** Host wall clock, ISO 8601. */
  at: z.string(),
  component: z.enum(COMPONENTS),
  pid: z.int().nullable(),
  bootId: z.string(),
  /** Instants of the monotonic clock of that boot, ms. */
  startedAt: instant,
  /** Null when it never became ready. */
  readyAt: instant.nullable(),
  endedAt: instant,
  exitCode: z.int().nullable(),
  signal: z.string().nullable(),
  /** Why the supervisor ended it, and what it saw; null when the process ended by itself. */
  verdict: z.string().nullable(),
  seen: z.string().nullable(),
  /** All of it in one phrase. */
  how: z.string(),
  /** Its last lines of stderr, oldest first. */
  stderr: z.array(z.string()),
});
export type Death = z.infer<typeof deathSchema>;

/** `given-up`: the component is fatal. `forgotten`: deaths before it count no more; of all components without a name. */
export const markSchema = z.object({
  kind: z.enum(['given-up', 'forgotten']),
  at: z.string(),
  component: z.enum(COMPONENTS).nullable(),
  bootId: z.string(),
  reason: z.string(),
});
export type LedgerMark = z.infer<typeof markSchema>;

export type LedgerEntry = Death | LedgerMark;

/** How often each way to end occurred. */
export function tally(
  deaths: readonly Pick<Death, 'exitCode' | 'signal' | 'verdict'>[],
): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const death of deaths) {
    const way = wayOf(death);
    counts[way] = (counts[way] ?? 0) + 1;
  }
  return counts;
}

function wayOf({ exitCode, signal, verdict }: Pick<Death, 'exitCode' | 'signal' | 'verdict'>): string {
  // The figures of a verdict are not the way: "no heartbeat for 6012 ms".
  if (verdict !== null) return verdict.replace(/ (for|within) [\d.]+ m?s$/, '');
  return signal ?? (exitCode === null ? 'not started' : `exit code ${exitCode}`);
}
