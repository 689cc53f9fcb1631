import { redact } from '@rtp/core';
import type { ReloadResult } from './plan-reload.ts';

/** Longest value shown in full. */
const MAX_VALUE = 60;

/** What a reload came to, a line for each matter. No secrets. */
export function describeReload(result: ReloadResult): readonly string[] {
  const { changed, restarted, failed } = result;
  if (changed.length === 0) return ['Configuration read again: nothing changed.'];
  const keys = changed.map(({ key, from, to }) => `  ${key}: ${shown(key, from)} -> ${shown(key, to)}`);
  return [
    'Configuration read again:',
    ...keys,
    restarted.length === 0 ? 'No component had to restart.' : `Restarted: ${restarted.join(', ')}.`,
    ...failed.map(({ component, reason }) => `${component} does not serve: ${reason}`),
  ];
}

function shown(key: string, value: unknown): string {
  // Under its own name, so that the value of a telling one is hidden.
  const clean = (redact({ [key]: value }) as Record<string, unknown>)[key];
  const text = typeof clean === 'string' ? clean : (JSON.stringify(clean) ?? 'nothing');
  return text.length > MAX_VALUE ? `${text.slice(0, MAX_VALUE)}…` : text;
}
