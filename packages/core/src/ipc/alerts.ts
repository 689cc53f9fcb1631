/** What a person has to see: raised once, with all that is known then. */
import { z } from 'zod';
import { COMPONENTS } from './components.ts';

export const ALERT_KINDS = [
  'component-fatal',
  'recovery-exhausted',
  /** The broker refuses data for want of a plan. */
  'data-plan-denied',
  /** The access token ends soon and nobody renews it. */
  'token-ending',
  /** The access token has ended or was refused, and there is no other. */
  'token-lost',
  /** Another system on this machine uses the broker account. */
  'account-held',
  /** This machine's clock is off the broker's. */
  'clock-skew',
  /** The day's chart calls are used up. */
  'budget-used-up',
] as const;
export type AlertKind = (typeof ALERT_KINDS)[number];

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
