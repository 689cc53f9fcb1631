import { join } from 'node:path';
import { projectRoot } from '../process/data-paths.ts';
import { type Environment, readDotenv } from './env-settings.ts';

const VARIABLES = {
  dhanClientId: 'DHAN_CLIENT_ID',
  dhanApiToken: 'DHAN_API_TOKEN',
  dhanPin: 'DHAN_PIN',
  dhanTotpSecret: 'DHAN_TOTP_SECRET',
  smtpHost: 'SMTP_HOST',
  smtpPort: 'SMTP_PORT',
  smtpUsername: 'SMTP_USERNAME',
  smtpPassword: 'SMTP_PASSWORD',
  alertEmailRecipients: 'ALERT_EMAIL_RECIPIENTS',
  slackWebhookUrl: 'SLACK_WEBHOOK_URL',
  apiToken: 'RTP_API_TOKEN',
} as const;

/** Credentials and addresses of the owner: never in the configuration, in argv or in a log. Unset ones are absent. */
export type Secrets = { readonly [Name in keyof typeof VARIABLES]?: string };

/** The environment variable behind each secret, for messages that name what is missing. */
export const SECRET_VARIABLES: Readonly<Record<keyof Secrets, string>> = VARIABLES;

/** Reads the secrets: environment over `.env`; empty values count as unset. Errors: RTP_CONFIG_UNREADABLE. */
export function loadSecrets(
  options: { readonly env?: Environment | undefined; readonly dotenvFile?: string | undefined } = {},
): Secrets {
  const env = options.env ?? process.env;
  const dotenv = readDotenv(options.dotenvFile ?? join(projectRoot, '.env'));
  const secrets: { -readonly [Name in keyof Secrets]: string } = {};
  for (const [name, variable] of Object.entries(VARIABLES) as [keyof Secrets, string][]) {
    const value = (env[variable] || dotenv[variable])?.trim();
    if (value) secrets[name] = value;
  }
  return Object.freeze(secrets);
}
