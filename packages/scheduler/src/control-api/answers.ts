import { z } from 'zod';
import { HEALTH_STATUSES } from '../health.ts';
import { operationSchema } from '../operations/operation.ts';

/** The body of every answer that is an error. */
export const errorSchema = z
  .object({ error: z.object({ code: z.string(), message: z.string(), fix: z.string() }) })
  .meta({ id: 'Error', description: 'A stable code, what was wrong, and what to do.' });

export const indexSchema = z
  .object({
    name: z.string(),
    description: z.string(),
    version: z.string(),
    routes: z.array(z.object({ method: z.string(), path: z.string(), summary: z.string() })),
  })
  .meta({ id: 'Index' });

export const healthSchema = z
  .object({ status: z.enum(HEALTH_STATUSES), reasons: z.array(z.string()) })
  .meta({ id: 'Health' });

/** Paths that are promised; everything else of the answer may grow. */
export const statusSchema = z
  .looseObject({
    version: z.string(),
    market: z.looseObject({ date: z.string(), phase: z.string(), now: z.iso.datetime({ offset: true }) }),
    scheduler: z.looseObject({
      health_status: z.enum(HEALTH_STATUSES),
      health_reasons: z.array(z.string()),
      pipeline_wanted: z.enum(['up', 'down']),
      reason: z.string(),
      jobs: z.array(z.looseObject({ name: z.string() })),
    }),
    pipeline: z.looseObject({
      state: z.string(),
      stats: z.looseObject({
        errors: z.int(),
        last_data_update: z.iso.datetime({ offset: true }).nullable(),
      }),
    }),
    components: z.array(z.looseObject({ name: z.string(), state: z.string() })),
  })
  .meta({ id: 'Status' });

export const operationAnswerSchema = z.object({ operation: operationSchema, changed: z.array(z.string()) }).meta({
  id: 'OperationAnswer',
  description: 'The operation, and what it changed: nothing when things were so already.',
});

export const operationsSchema = z.object({ operations: z.array(operationSchema) }).meta({ id: 'Operations' });

/** Body of the routes that control the pipeline: nothing, or an empty object. */
export const emptyBodySchema = z.strictObject({}).meta({ id: 'EmptyBody' });

export const waitQuerySchema = z.strictObject({
  /** Longest wait for the end of the operation, seconds of real time. */
  wait: z.coerce.number().min(0).optional(),
});
