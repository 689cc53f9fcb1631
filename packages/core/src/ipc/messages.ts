/** The versioned contract between the system manager and its children, over the Node IPC channel. */
import { z } from 'zod';
import { clockAnchorSchema } from '../clock/virtual-clock.ts';
import { coreErrors } from '../errors/core-errors.ts';
import { alertSchema } from './alerts.ts';
import { ACTORS, COMPONENT_STATES, COMPONENTS } from './components.ts';
import { orderSchema } from './orders.ts';

export const IPC_VERSION = 1;

/** One component as the manager sees it. */
export const componentStatusSchema = z.object({
  component: z.enum(COMPONENTS),
  state: z.enum(COMPONENT_STATES),
  wanted: z.enum(['up', 'down']),
  /** Why it is in that state, and on whose account. */
  reason: z.string(),
  actor: z.enum(ACTORS),
  pid: z.number().int().nullable(),
  /** Real milliseconds since this process was started; null when there is none. */
  upForMs: z.number().nullable(),
  /** Real milliseconds since this process became ready; null when it is not. */
  readyForMs: z.number().nullable(),
  restarts: z.number().int(),
  rssBytes: z.number().nullable(),
  pssBytes: z.number().nullable(),
  cpuSeconds: z.number().nullable(),
  loopLagMs: z.number().nullable(),
  lastExit: z.string().nullable(),
  /** Ends that nobody asked for, among the last 100 kept, earlier runs of the manager included. */
  deaths: z.number().int(),
  /** The long operation that it announced; empty when there is none. */
  busyWith: z.string(),
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
    actor: z.enum(ACTORS),
  }),
  /** The scheduler asks for a restart of a component, or has it given an order; answered by `answer`. */
  z.object({
    v: version,
    type: z.literal('request'),
    id: z.string(),
    component: z.enum(COMPONENTS),
    what: z.union([z.literal('restart'), orderSchema]),
    reason: z.string(),
    actor: z.enum(ACTORS),
  }),
  /** A child has carried out an order, or says why not. */
  z.object({ v: version, type: z.literal('done'), id: z.string(), ok: z.boolean(), text: z.string() }),
  /** A long operation begins, for at most so long, real ms; one without a name is over. */
  z.object({ v: version, type: z.literal('operation'), what: z.string(), maxMs: z.number().min(0) }),
  /** Something a person has to see; the manager logs it and tells the scheduler and the monitor. */
  z.object({ v: version, type: z.literal('alert'), alert: alertSchema }),
]);
export type ChildMessage = z.infer<typeof childMessageSchema>;

export const managerMessageSchema = z.discriminatedUnion('type', [
  z.object({ v: version, type: z.literal('shutdown'), reason: z.string(), deadlineMs: z.number() }),
  z.object({ v: version, type: z.literal('clock'), anchor: clockAnchorSchema }),
  /** To the scheduler and the monitor: at every change and every second. */
  z.object({ v: version, type: z.literal('system'), status: systemStatusSchema }),
  /** Something that a running child should do now; answered by `done`. */
  z.object({ v: version, type: z.literal('order'), id: z.string(), order: orderSchema }),
  /** To the scheduler: what became of its request. */
  z.object({ v: version, type: z.literal('answer'), id: z.string(), ok: z.boolean(), text: z.string() }),
  /** To the scheduler and the monitor: something a person has to see. */
  z.object({ v: version, type: z.literal('alert'), alert: alertSchema }),
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
