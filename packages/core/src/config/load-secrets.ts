import { join } from 'node:path';
import { registerSecret } from '../logging/redact.ts';
import { projectRoot } from '../process/data-paths.ts';
import { type Environment, readDotenv } from './env-settings.ts';

const VARIABLES = {
  dhanClientId: 'DHAN_CLIENT_ID',
  dhanApiToken: 'DHAN_API_TOKEN',
  dhanPin: 'DHAN_PIN',
  dhanTotpSecret: 'DHAN_TOTP_SECRET',
  apiToken: 'RTP_API_TOKEN',
} as const;

/** Credentials of the owner: never in the configuration, in argv or in a log. Unset ones are absent. */
export type Secrets = { readonly [Name in keyof typeof VARIABLES]?: string };

/** The environment variable behind each secret, for messages that name what is missing. */
export const SECRET_VARIABLES: Readonly<Record<keyof Secrets, string>> = VARIABLES;

/** Those that are hidden wherever they appear; the others only say who and where. */
const HIDDEN: readonly (keyof Secrets)[] = ['dhanApiToken', 'dhanPin', 'dhanTotpSecret', 'apiToken'];

export interface LoadSecretsOptions {
  /** `process.env` when left out. */
  readonly env?: Environment | undefined;
  /** The project's `.env` when left out; need not exist. Null reads none. */
  readonly dotenvFile?: string | null | undefined;
}

/**
 * Reads the secrets: environment over `.env`; empty values count as unset. From then on this process's logs and redacted
 * texts hide them. Errors: RTP_CONFIG_UNREADABLE.
 */
export function loadSecrets(options: LoadSecretsOptions = {}): Secrets {
  const env = options.env ?? process.env;
  const dotenv = readDotenv(options.dotenvFile === undefined ? join(projectRoot, '.env') : options.dotenvFile);
  const secrets: { -readonly [Name in keyof Secrets]: string } = {};
  for (const [name, variable] of Object.entries(VARIABLES) as [keyof Secrets, string][]) {
    const value = (env[variable] || dotenv[variable])?.trim();
    if (value) secrets[name] = value;
  }
  for (const name of HIDDEN) registerSecret(secrets[name]);
  return Object.freeze(secrets);
}
