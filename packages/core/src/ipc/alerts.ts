/** What a person has to see: raised once, with all that is known then. */
import { z } from 'zod';
import { COMPONENTS } from './components.ts';

export const ALERT_KINDS = ['component-fatal', 'recovery-exhausted'] as const;

export const alertSchema = z.object({
  kind: z.enum(ALERT_KINDS),
  /** Host wall clock, epoch milliseconds. */
  at: z.number().int(),
  component: z.enum(COMPONENTS).nullable(),
  /** What has happened, in one sentence. */
  summary: z.string(),
  /** What to do about it. */
  fix: z.string(),
  /** How its last process ended; null when none did. */
  lastExit: z.string().nullable(),
  /** Its last lines of stderr, oldest first. */
  stderr: z.array(z.string()),
  /** How often each way to end occurred among its last 100 deaths. */
  deaths: z.record(z.string(), z.number().int()),
});
export type Alert = z.infer<typeof alertSchema>;
