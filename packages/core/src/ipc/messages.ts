/** The versioned contract between the system manager and its children, over the Node IPC channel. */
import { z } from 'zod';
import { clockAnchorSchema } from '../clock/virtual-clock.ts';
import { coreErrors } from '../errors/core-errors.ts';
import { COMPONENT_STATES, COMPONENTS } from './components.ts';

export const IPC_VERSION = 1;

/** One component as the manager sees it. */
export const componentStatusSchema = z.object({
  component: z.enum(COMPONENTS),
  state: z.enum(COMPONENT_STATES),
  wanted: z.enum(['up', 'down']),
  /** Why it is in that state. */
  reason: z.string(),
  pid: z.number().int().nullable(),
  /** Real milliseconds since this process became ready; null when it is not. */
  readyForMs: z.number().nullable(),
  restarts: z.number().int(),
  rssBytes: z.number().nullable(),
  pssBytes: z.number().nullable(),
  cpuSeconds: z.number().nullable(),
  loopLagMs: z.number().nullable(),
  lastExit: z.string().nullable(),
  /** The component's own report, of its schema in `reports.ts`. */
  report: z.unknown(),
});
export type ComponentStatus = z.infer<typeof componentStatusSchema>;

export const systemStatusSchema = z.object({
  /** Market instant of the snapshot. */
  at: z.number().int(),
  startedAt: z.number().int(),
  source: z.enum(['dhan', 'simulator']),
  dataDir: z.string(),
  managerPid: z.number().int(),
  /** What the manager itself costs. */
  managerUsage: z.object({ pssBytes: z.number(), rssBytes: z.number(), cpuSeconds: z.number() }).nullable().optional(),
  speed: z.number(),
  components: z.array(componentStatusSchema),
});
export type SystemStatus = z.infer<typeof systemStatusSchema>;

const version = z.literal(IPC_VERSION);

export const childMessageSchema = z.discriminatedUnion('type', [
  /** The child serves; `report` is its first. */
  z.object({ v: version, type: z.literal('ready'), report: z.unknown() }),
  z.object({
    v: version,
    type: z.literal('heartbeat'),
    /** Worst event-loop delay since the last heartbeat, real ms. */
    loopLagMs: z.number(),
    rssBytes: z.number(),
    /** Grows while the child does useful work. */
    progress: z.number(),
    report: z.unknown(),
  }),
  /** The scheduler's wish for a component. */
  z.object({
    v: version,
    type: z.literal('want'),
    component: z.enum(COMPONENTS),
    wanted: z.enum(['up', 'down']),
    reason: z.string(),
  }),
]);
export type ChildMessage = z.infer<typeof childMessageSchema>;

export const managerMessageSchema = z.discriminatedUnion('type', [
  z.object({ v: version, type: z.literal('shutdown'), reason: z.string(), deadlineMs: z.number() }),
  z.object({ v: version, type: z.literal('clock'), anchor: clockAnchorSchema }),
  /** To the scheduler and the monitor: at every change and every second. */
  z.object({ v: version, type: z.literal('system'), status: systemStatusSchema }),
]);
export type ManagerMessage = z.infer<typeof managerMessageSchema>;

/** Parses a message at the boundary. Errors: RTP_IPC_MESSAGE_INVALID. */
export function parseIpc<T>(schema: z.ZodType<T>, message: unknown): T {
  const parsed = schema.safeParse(message);
  if (!parsed.success) {
    throw coreErrors.create('RTP_IPC_MESSAGE_INVALID', z.prettifyError(parsed.error));
  }
  return parsed.data;
}
