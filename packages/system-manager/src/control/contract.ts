import { COMPONENTS, systemStatusSchema } from '@rtp/core';
import { z } from 'zod';
import { marketViewSchema } from '../system/market-view.ts';

/** `GET /status` on the control socket: the system as `rtp status` shows it. */
export const controlStatusSchema = systemStatusSchema.extend({
  version: z.string(),
  phase: z.enum(['starting', 'serving', 'stopping']),
  market: marketViewSchema,
  urls: z.object({ dataApi: z.string(), controlApi: z.string() }),
});
export type ControlStatus = z.infer<typeof controlStatusSchema>;

/** Body of `POST /restart`; no component means all. */
export const restartRequestSchema = z.strictObject({ component: z.enum(COMPONENTS).optional() });

/** Body of `POST /stop`. */
export const stopRequestSchema = z.strictObject({ reason: z.string().max(200).optional() });

/** Body of every answer that is an error. */
export const controlErrorSchema = z.object({ code: z.string(), message: z.string(), fix: z.string() });
