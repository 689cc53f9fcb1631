import type { z } from 'zod';
import { isLoopback } from '../http/host-check.ts';

/** The keys that are compared with each other. */
interface Checked {
  readonly control_api: { readonly host: string; readonly allow_public: boolean };
  readonly pipeline: {
    readonly grace_ms: number;
    readonly grace_max_ms: number;
    readonly market_hours: { readonly start: string; readonly end: string };
  };
}

/**
 * Rules between keys, once each is sound by itself: no `..._min_ms` above its `..._max_ms` in any section, no end before
 * its start. The message is what would be accepted, as everywhere in the schema.
 */
export function checkAcrossKeys(config: Checked, context: z.RefinementCtx): void {
  const refuse = (path: (string | number)[], value: unknown, message: string): void =>
    context.addIssue({ code: 'custom', path, message, params: { value } });
  for (const [section, keys] of Object.entries(config)) {
    if (typeof keys !== 'object' || keys === null) continue;
    for (const [key, least] of Object.entries(keys)) {
      const limit = key.replace(/_min_ms$/, '_max_ms');
      const most = (keys as Record<string, unknown>)[limit];
      if (limit === key || typeof least !== 'number' || typeof most !== 'number' || least <= most) continue;
      refuse([section, key], least, `at most ${section}.${limit} (${most})`);
    }
  }
  const { grace_ms, grace_max_ms, market_hours } = config.pipeline;
  if (grace_max_ms < grace_ms) {
    refuse(['pipeline', 'grace_max_ms'], grace_max_ms, `at least pipeline.grace_ms (${grace_ms})`);
  }
  if (market_hours.start >= market_hours.end) {
    const message = `a time before pipeline.market_hours.end (${market_hours.end})`;
    refuse(['pipeline', 'market_hours', 'start'], market_hours.start, message);
  }
  const { host, allow_public } = config.control_api;
  if (!allow_public && !isLoopback(host)) {
    const message = '127.0.0.1, or with control_api.allow_public (`rtp start --allow-public`) another address';
    refuse(['control_api', 'host'], host, message);
  }
}
