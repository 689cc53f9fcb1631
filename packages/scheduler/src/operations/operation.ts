import { type EpochMs, istIso } from '@rtp/core';
import { z } from 'zod';

export const OPERATION_ACTIONS = ['start', 'stop', 'restart'] as const;
export type OperationAction = (typeof OPERATION_ACTIONS)[number];

/** What a person asked for over the Control API, and how far it is. */
export interface Operation {
  readonly id: string;
  readonly action: OperationAction;
  readonly state: 'running' | 'done' | 'failed';
  /** Who asked, for people. */
  readonly by: string;
  /** Market instants. */
  readonly startedAt: EpochMs;
  readonly endedAt: EpochMs | null;
  /** What is so now, or why it failed, for people. */
  readonly text: string;
  /** What it changed; empty when things were so already. */
  readonly changed: readonly string[];
}

/** An operation as the API tells it. */
export const operationSchema = z
  .object({
    id: z.string(),
    action: z.enum(OPERATION_ACTIONS),
    state: z.enum(['running', 'done', 'failed']),
    by: z.string(),
    started_at: z.iso.datetime({ offset: true }),
    ended_at: z.iso.datetime({ offset: true }).nullable(),
    text: z.string(),
    changed: z.array(z.string()),
  })
  .meta({ id: 'Operation' });
export type OperationView = z.infer<typeof operationSchema>;

export function operationView(operation: Operation): OperationView {
  const { id, action, state, by, startedAt, endedAt, text, changed } = operation;
  const ended_at = endedAt === null ? null : istIso(endedAt);
  return { id, action, state, by, started_at: istIso(startedAt), ended_at, text, changed: [...changed] };
}
