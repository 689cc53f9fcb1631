import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { COMPONENTS, type Component, configKeys, configSchema, defaultConfig } from '@rtp/core';
import { effectOf, KEY_EFFECTS } from '../../packages/system-manager/src/reload/config-keys.ts';
import { planReload, type ReloadInputs } from '../../packages/system-manager/src/reload/plan-reload.ts';

const PACKAGES = resolve(import.meta.dirname, '../../packages');
/** What each component's process runs of ours, its own package first. */
const RUNS: Readonly<Record<Exclude<Component, 'simulator'>, readonly string[]>> = {
  store: ['store', 'store-client', 'indicators'],
  scheduler: ['scheduler', 'store-client'],
  monitor: ['monitor', 'store-client'],
  pipeline: ['pipeline', 'dhan', 'store-client', 'indicators'],
};
/** Parts of the core that every component's process runs and that are handed the whole configuration. */
const COMMON = ['core/src/runtime'];

const keys = configKeys(configSchema).map(({ path }) => path);
const sections = Object.keys(configSchema.shape);

function sourcesUnder(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => readFileSync(join(folder, name), 'utf8'));
}

/**
 * The keys that a source reads of the configuration, by its text: `config.store.max_rows`, `config.store` passed on as a whole,
 * and sections that have been given a name of their own (`const supervision = config.supervision`, `{ store } = config`).
 */
function keysRead(text: string): ReadonlySet<string> {
  const read = new Set<string>();
  for (const section of sections) {
    const direct = [...text.matchAll(new RegExp(`[cC]onfig\\.${section}\\b(?:\\.(\\w+))?`, 'g'))];
    const isNamed =
      new RegExp(`\\b${section} = [\\w.]*[cC]onfig\\.${section};`).test(text) ||
      new RegExp(`\\{[^{}]*\\b${section}\\b[^{}]*\\}\\s*=\\s*[\\w.]*[cC]onfig;`).test(text);
    const named = isNamed ? [...text.matchAll(new RegExp(`\\b${section}\\b(?:\\.(\\w+))?(?!:)`, 'g'))] : [];
    const passedOn = direct.some(([whole, key]) => key === undefined && !text.includes(`${section} = ${whole};`));
    for (const [, key] of [...direct, ...named]) {
      const prefix = key === undefined ? undefined : `${section}.${key}`;
      for (const path of keys) if (path === prefix || path.startsWith(`${prefix}.`)) read.add(path);
    }
    if (passedOn) for (const path of keys) if (path === section || path.startsWith(`${section}.`)) read.add(path);
  }
  return read;
}

const readBy = (folders: readonly string[]): readonly string[] => {
  const texts = folders.flatMap((folder) => sourcesUnder(join(PACKAGES, folder)));
  return [...new Set(texts.flatMap((text) => [...keysRead(text)]))];
};

describe('the table of keys and whom they concern', () => {
  test('has an entry for every section, and no entry that is no key', () => {
    expect(sections.filter((section) => KEY_EFFECTS[section] === undefined)).toEqual([]);
    const strays = Object.keys(KEY_EFFECTS).filter(
      (entry) => !keys.some((key) => key === entry || key.startsWith(`${entry}.`)) && !sections.includes(entry),
    );
    expect(strays).toEqual([]);
    for (const key of keys) expect(effectOf(key, true)).toBeDefined();
  });

  test('finds out how sources read the configuration', () => {
    expect([...keysRead('const { jobs } = this.context.config; run(jobs.retry_ms);')]).toEqual(['jobs.retry_ms']);
    expect([...keysRead('const supervision = config.supervision; f(supervision.stable_ms)')]).toEqual([
      'supervision.stable_ms',
    ]);
    expect([...keysRead('open({ ...config.logging })')].sort()).toEqual([
      'logging.keep_days',
      'logging.level',
      'logging.max_size_mb',
    ]);
  });

  test.each(Object.entries(RUNS) as [Component, readonly string[]][])(
    'restarts the %s for every key that its sources read',
    (component, packages) => {
      const read = readBy([...packages.map((name) => `${name}/src`)]);
      expect(read.length).toBeGreaterThan(3);
      const missed = read.filter((key) => !reaches(key, component));
      expect(missed).toEqual([]);
    },
  );

  test('restarts every component for what the runtime of all of them reads', () => {
    const read = readBy(COMMON);
    expect(read).toContain('supervision.heartbeat_interval_ms');
    const missed = read.filter((key) => COMPONENTS.some((component) => !reaches(key, component)));
    expect(missed).toEqual([]);
  });
});

/** Whether a change of `key` reaches a component that reads it: by a restart, by an order, or not without a start of all. */
function reaches(key: string, component: Component): boolean {
  const effect = effectOf(key, false);
  if (effect.kind === 'restart') return effect.components.includes(component);
  return effect.kind === 'start' || key === 'logging.level' || key === 'monitor.enabled';
}

describe('the plan of a reload', () => {
  const inputs = (change: (config: Record<string, Record<string, unknown>>) => void = () => {}): ReloadInputs => {
    const config = structuredClone(defaultConfig());
    change(config as never);
    return { config, calendarContent: '{}', credentials: { DHAN_API_TOKEN: 'one' } };
  };
  const before = inputs();

  test('names changed keys with both values, and restarts nobody twice', () => {
    const after = inputs((config) => {
      Object.assign(config.pipeline ?? {}, { priority_symbols: ['TCS'], backfill_days: 3 });
      Object.assign(config.supervision ?? {}, { stable_ms: 1 });
    });
    const plan = planReload(before, after, false);
    expect(plan.changed.map(({ key }) => key).sort()).toEqual([
      'pipeline.backfill_days',
      'pipeline.priority_symbols',
      'supervision.stable_ms',
    ]);
    expect(plan.applied).toEqual(['supervision.stable_ms']);
    expect(plan.restarted).toEqual(['scheduler', 'pipeline']);
  });

  test('restarts everybody for a calendar of the same name with other content', () => {
    const plan = planReload(before, { ...before, calendarContent: '{"holidays":[]}' }, false);
    expect(plan.restarted).toEqual([...COMPONENTS]);
  });

  test('refuses what a simulated day has been prepared from, which is free elsewhere', () => {
    const after = inputs((config) => Object.assign(config.simulator ?? {}, { seed: 77 }));
    expect(planReload(before, after, false).restarted).toEqual([]);
    expect(() => planReload(before, after, true)).toThrow(/simulator\.seed/);
  });

  test('never shows credentials', () => {
    const plan = planReload(before, { ...before, credentials: { DHAN_API_TOKEN: 'two' } }, false);
    expect(plan.restarted).toEqual(['pipeline']);
    expect(JSON.stringify(plan)).not.toMatch(/one|two/);
  });
});
