import { existsSync, readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import { coreErrors } from '../errors/core-errors.ts';
import { isTextAt } from './describe-schema.ts';
import { nearestOf } from './nearest.ts';
import { configSchema } from './schema.ts';

/** Variables of the environment, by name. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** A configuration value found outside the file. */
export interface EnvSetting {
  readonly variable: string;
  readonly path: readonly string[];
  readonly value: unknown;
}

const PREFIX = 'RTP_';
/** Variables with the prefix that are no configuration keys. */
const RESERVED = new Set(['RTP_API_TOKEN', 'RTP_RUN_ID', 'RTP_STATE_DIR']);

/** The content of a `.env` file; empty where there is none. Errors: RTP_CONFIG_UNREADABLE. */
export function readDotenv(file: string | null): Environment {
  if (file === null || !existsSync(file)) return {};
  try {
    return parseEnv(readFileSync(file, 'utf8'));
  } catch (cause) {
    throw coreErrors.create('RTP_CONFIG_UNREADABLE', `${file} cannot be read.`, { cause });
  }
}

/**
 * The configuration keys among environment variables: `RTP_STORE__MEMORY_LIMIT_MB` is `store.memory_limit_mb`,
 * deeper keys continue with a double underscore. Values are JSON or plain text; an empty value counts as unset.
 * A variable with the prefix that is no key is kept when it has a double underscore or resembles a key, so that
 * the check of the whole configuration names it; others belong to somebody else.
 */
export function envSettings(env: Environment): readonly EnvSetting[] {
  const topKeys = Object.keys(configSchema.shape);
  const settings: EnvSetting[] = [];
  for (const [variable, text] of Object.entries(env)) {
    if (!variable.startsWith(PREFIX) || RESERVED.has(variable) || text === undefined || text === '') continue;
    const path = variable.slice(PREFIX.length).toLowerCase().split('__');
    const isOurs = path.length > 1 || nearestOf(path[0] as string, topKeys) !== null;
    if (isOurs) settings.push({ variable, path, value: parsedValue(text, path) });
  }
  return settings;
}

function parsedValue(text: string, path: readonly string[]): unknown {
  if (text !== 'null' && isTextAt(configSchema, path)) return text;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
