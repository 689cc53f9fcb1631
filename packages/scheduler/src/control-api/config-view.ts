import type { RtpConfig } from '@rtp/core';
import { z } from 'zod';

/**
 * The configuration's keys that `GET /config` tells: how the system works, no secret, no path of the owner's machine. A key
 * that is not listed is not told; a section stands for all of its keys.
 */
export const TOLD_KEYS = [
  'source',
  'broker.chart_calls_per_second',
  'broker.chart_calls_per_day',
  'performance',
  'pipeline.market_hours',
  'pipeline.update_intervals',
  'pipeline.priority_symbols',
  'pipeline.index_symbols',
  'pipeline.prepare_lead_minutes',
  'pipeline.backfill_days',
  'pipeline.grace_ms',
  'pipeline.grace_max_ms',
  'pipeline.stale_after_ms',
  'store.memory_limit_mb',
  'store.threads',
  'store.seal_deadline',
  'data_api.host',
  'data_api.port',
  'control_api',
  'monitor',
  'supervision',
  'recovery',
  'jobs',
  'logging',
] as const;

export const configAnswerSchema = z.record(z.string(), z.unknown()).meta({
  id: 'Config',
  description: 'The effective configuration, nested as in the file; keys that are not listed are not told.',
});

/** The told part of a configuration, nested as in the file. */
export function configView(config: RtpConfig): Readonly<Record<string, unknown>> {
  const view: Record<string, unknown> = {};
  for (const key of TOLD_KEYS) {
    const [section = '', name] = key.split('.');
    const value: unknown = config[section as keyof RtpConfig];
    if (name === undefined) view[section] = value;
    else {
      view[section] = { ...(view[section] as object | undefined), [name]: (value as Record<string, unknown>)[name] };
    }
  }
  return view;
}
