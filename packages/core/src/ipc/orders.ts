/** What a running child can be told to do, beside stopping. */
import { z } from 'zod';

export const orderSchema = z.discriminatedUnion('name', [
  /** The pipeline: leave the live sources as they are and connect to them afresh. */
  z.object({ name: z.literal('reconnect-source'), reason: z.string() }),
  /** The monitor: write the report of that date, or of the week that ends with it. */
  z.object({ name: z.literal('write-report'), period: z.enum(['daily', 'weekly']), date: z.string() }),
  /** Any child: keep lines from this level on. */
  z.object({ name: z.literal('log-level'), level: z.enum(['error', 'warn', 'info', 'debug']) }),
]);
export type Order = z.infer<typeof orderSchema>;
