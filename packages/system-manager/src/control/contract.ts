import { ACTORS, COMPONENT_STATES, COMPONENTS, systemStatusSchema } from '@rtp/core';
import { z } from 'zod';
import { marketViewSchema } from '../system/market-view.ts';

/** `GET /status` on the control socket: the system as `rtp status` shows it. */
export const controlStatusSchema = systemStatusSchema.extend({
  version: z.string(),
  phase: z.enum(['starting', 'serving', 'reloading', 'stopping']),
  market: marketViewSchema,
  urls: z.object({ dataApi: z.string(), controlApi: z.string() }),
});
export type ControlStatus = z.infer<typeof controlStatusSchema>;

/** `GET /history` on the control socket: what happened to each component, oldest first. */
export const controlHistorySchema = z.array(
  z.object({
    component: z.enum(COMPONENTS),
    at: z.string(),
    from: z.enum(COMPONENT_STATES),
    to: z.enum(COMPONENT_STATES),
    reason: z.string(),
    actor: z.enum(ACTORS),
  }),
);
export type ControlHistory = z.infer<typeof controlHistorySchema>;

/** Answer of `POST /rearm`. */
export const rearmResultSchema = z.object({ rearmed: z.array(z.enum(COMPONENTS)) });

/** Body of `POST /restart`; no component means all. */
export const restartRequestSchema = z.strictObject({ component: z.enum(COMPONENTS).optional() });

/** Body of `POST /stop`. */
export const stopRequestSchema = z.strictObject({ reason: z.string().max(200).optional() });

/** Answer of `POST /reload`, once the system goes on with the configuration. */
export const reloadResultSchema = z.object({
  changed: z.array(z.object({ key: z.string(), from: z.unknown(), to: z.unknown() })),
  applied: z.array(z.string()),
  restarted: z.array(z.enum(COMPONENTS)),
  failed: z.array(z.object({ component: z.enum(COMPONENTS), reason: z.string() })),
});

/** Body of every answer that is an error; `exitCode` is that of a command which ends of it. */
export const controlErrorSchema = z.object({
  code: z.string(),
  message: z.string(),
  fix: z.string(),
  exitCode: z.literal([1, 64, 75, 77, 78]).optional(),
});
