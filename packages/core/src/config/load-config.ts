import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { coreErrors } from '../errors/core-errors.ts';
import { describeError } from '../errors/rtp-error.ts';
import { readJsonc } from '../files/read-jsonc.ts';
import { projectRoot } from '../process/data-paths.ts';
import { configProblems } from './config-problems.ts';
import { deepFreeze } from './deep-freeze.ts';
import { configKeys } from './describe-schema.ts';
import { type Environment, envSettings, readDotenv } from './env-settings.ts';
import { configSchema, type RtpConfig } from './schema.ts';

/** Where a configuration value came from, strongest first. */
export const CONFIG_ORIGINS = ['flags', 'environment', '.env', 'file', 'default'] as const;
export type ConfigOrigin = (typeof CONFIG_ORIGINS)[number];

/** The origin of every leaf key, by dotted path. */
export type ConfigOrigins = Readonly<Record<string, ConfigOrigin>>;

/** Some of the configuration's keys, nested as in the file. */
export type PartialConfig = { readonly [key: string]: unknown };

export interface LoadConfigOptions {
  /** Must exist when given; the project's `config/realtime_config.json` is read if it exists. */
  readonly file?: string | undefined;
  /** Values of the command line, nested as in the file; `undefined` counts as not given. */
  readonly flags?: PartialConfig | undefined;
  /** `process.env` when left out. */
  readonly env?: Environment | undefined;
  /** The project's `.env` when left out; need not exist. Null reads none. */
  readonly dotenvFile?: string | null | undefined;
}

export interface LoadedConfig {
  readonly config: RtpConfig;
  readonly origins: ConfigOrigins;
  /** The file that was read, or null when there was none. */
  readonly file: string | null;
}

/**
 * The effective configuration, deeply frozen: flags over environment over `.env` over file over defaults, key by key;
 * a list is one value. Errors: RTP_CONFIG_UNREADABLE, RTP_CONFIG_INVALID (every problem at once).
 */
export function loadConfig(options: LoadConfigOptions = {}): LoadedConfig {
  const { file, content } = readFile(options.file);
  const merged: Record<string, unknown> = {};
  const given = new Map<string, Source>();
  const settle = (origin: ConfigOrigin, name: string, path: readonly string[], value: unknown): void => {
    for (const leaf of leavesOf(value, path)) {
      assign(merged, leaf.path, leaf.value);
      given.set(leaf.path.join('.'), { origin, name });
    }
  };
  if (content !== undefined) settle('file', file as string, [], content);
  const dotenv = readDotenv(options.dotenvFile === undefined ? join(projectRoot, '.env') : options.dotenvFile);
  for (const s of envSettings(dotenv)) settle('.env', `${s.variable} in .env`, s.path, s.value);
  for (const s of envSettings(options.env ?? process.env)) settle('environment', s.variable, s.path, s.value);
  if (options.flags !== undefined) settle('flags', 'the command line', [], options.flags);

  const parsed = configSchema.safeParse(merged);
  if (!parsed.success) {
    const problems = configProblems(configSchema, parsed.error, merged, (path) => given.get(path)?.name);
    const count = problems.length === 1 ? 'One problem' : `${problems.length} problems`;
    throw coreErrors.create('RTP_CONFIG_INVALID', `${count} in the configuration:\n  ${problems.join('\n  ')}`);
  }
  const origins: Record<string, ConfigOrigin> = {};
  for (const { path } of configKeys(configSchema)) origins[path] = originOf(path, given);
  return Object.freeze({ config: deepFreeze(parsed.data), origins: Object.freeze(origins), file });
}

/** The configuration as text a person reads, each value that is not a default with its origin; valid JSON with comments. */
export function effectiveConfigText(config: RtpConfig, origins: ConfigOrigins = {}): string {
  const lines: string[] = [];
  const write = (value: unknown, path: readonly string[], tail: string): void => {
    const indent = '  '.repeat(path.length);
    const label = path.length === 0 ? '' : `${JSON.stringify(path.at(-1))}: `;
    if (!isPlainObject(value)) {
      const origin = origins[path.join('.')];
      const note = origin === undefined || origin === 'default' ? '' : ` // ${origin}`;
      lines.push(`${indent}${label}${JSON.stringify(value)}${tail}${note}`);
      return;
    }
    lines.push(`${indent}${label}{`);
    const entries = Object.entries(value);
    for (const [index, [key, inner]] of entries.entries()) {
      write(inner, [...path, key], index < entries.length - 1 ? ',' : '');
    }
    lines.push(`${indent}}${tail}`);
  };
  write(config, [], '');
  return `${lines.join('\n')}\n`;
}

interface Source {
  readonly origin: ConfigOrigin;
  /** The file's path or the variable's name. */
  readonly name: string;
}

function readFile(given: string | undefined): { file: string | null; content: unknown } {
  const file = resolve(given ?? join(projectRoot, 'config/realtime_config.json'));
  if (given === undefined && !existsSync(file)) return { file: null, content: undefined };
  let content: unknown;
  try {
    content = readJsonc(file);
  } catch (error) {
    throw coreErrors.create('RTP_CONFIG_UNREADABLE', `${file} cannot be read: ${describeError(error)}.`);
  }
  if (!isPlainObject(content)) {
    throw coreErrors.create('RTP_CONFIG_UNREADABLE', `${file} cannot be read: it holds no JSON object.`);
  }
  return { file, content };
}

/** The values to merge: objects are walked, everything else (lists too) is one value. */
function leavesOf(value: unknown, path: readonly string[]): { path: readonly string[]; value: unknown }[] {
  if (value === undefined) return [];
  if (!isPlainObject(value) || (path.length > 0 && Object.keys(value).length === 0)) return [{ path, value }];
  return Object.entries(value).flatMap(([key, inner]) => leavesOf(inner, [...path, key]));
}

function assign(target: Record<string, unknown>, path: readonly string[], value: unknown): void {
  let current = target;
  for (const key of path.slice(0, -1)) {
    const inner = current[key];
    const next = isPlainObject(inner) ? inner : {};
    current[key] = next;
    current = next;
  }
  const last = path.at(-1) as string;
  // An empty section says nothing about its keys; unknown, it is an error like any other.
  if (isPlainObject(value) && isPlainObject(current[last])) return;
  current[last] = value;
}

function originOf(path: string, given: ReadonlyMap<string, Source>): ConfigOrigin {
  return given.get(path)?.origin ?? 'default';
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
