import { isDeepStrictEqual } from 'node:util';
import { COMPONENTS, type Component, configKeys, configSchema, type RtpConfig } from '@rtp/core';
import { managerErrors } from '../errors.ts';
import { effectOf } from './config-keys.ts';

/** A key whose value is another one now. */
export interface ChangedKey {
  readonly key: string;
  readonly from: unknown;
  readonly to: unknown;
}

/** What a reload was given, beside the keys. */
export interface ReloadInputs {
  readonly config: RtpConfig;
  /** The bytes of the calendar, in any form that tells two apart. */
  readonly calendarContent: string;
  /** What the broker's credentials are; compared, never shown. */
  readonly credentials: Readonly<Record<string, string>>;
}

export interface ReloadPlan {
  readonly changed: readonly ChangedKey[];
  /** Keys that take effect at once. */
  readonly applied: readonly string[];
  /** Components that have to start again, in start order; the system need not have them. */
  readonly restarted: readonly Component[];
}

/** What a reload came to. */
export interface ReloadResult extends ReloadPlan {
  /** Components that were to serve again and have been given up. */
  readonly failed: readonly { readonly component: Component; readonly reason: string }[];
}

/** The key under which credentials are told of; they are in the environment, not in the configuration. */
export const CREDENTIALS = 'credentials';
/** The key under which a calendar of the same name and other content is told of. */
export const CALENDAR_CONTENT = 'calendar.file (content)';

/** What it takes to go from `before` to `after`. Errors: RTP_RELOAD_NEEDS_START naming every key that a running system stands on. */
export function planReload(before: ReloadInputs, after: ReloadInputs, isSimulated: boolean): ReloadPlan {
  const changed = changedKeys(before, after);
  const effects = changed.map(({ key }) => ({ key, effect: effectOf(ruleKey(key), isSimulated) }));
  const fixed = effects.filter(({ effect }) => effect.kind === 'start').map(({ key }) => key);
  if (fixed.length > 0) {
    throw managerErrors.create('RTP_RELOAD_NEEDS_START', `In a running system ${fixed.join(', ')} cannot change.`);
  }
  const concerned = effects.flatMap(({ effect }) => (effect.kind === 'restart' ? effect.components : []));
  return {
    changed,
    applied: effects.filter(({ effect }) => effect.kind === 'live').map(({ key }) => key),
    restarted: COMPONENTS.filter((component) => concerned.includes(component)),
  };
}

/** Credentials are the pipeline's, as its section is. */
const ruleKey = (key: string): string =>
  key === CREDENTIALS ? 'broker' : key === CALENDAR_CONTENT ? 'calendar.file' : key;

function changedKeys(before: ReloadInputs, after: ReloadInputs): readonly ChangedKey[] {
  const changed: ChangedKey[] = configKeys(configSchema).flatMap(({ path }) => {
    const from = valueAt(before.config, path);
    const to = valueAt(after.config, path);
    return isDeepStrictEqual(from, to) ? [] : [{ key: path, from, to }];
  });
  if (before.config.calendar.file === after.config.calendar.file && before.calendarContent !== after.calendarContent) {
    changed.push({ key: CALENDAR_CONTENT, from: 'as it was', to: 'other content' });
  }
  if (!isDeepStrictEqual(before.credentials, after.credentials)) {
    changed.push({ key: CREDENTIALS, from: 'as they were', to: 'others' });
  }
  return changed;
}

function valueAt(config: RtpConfig, path: string): unknown {
  let current: unknown = config;
  for (const step of path.split('.')) current = (current as Record<string, unknown> | null | undefined)?.[step];
  return current;
}
