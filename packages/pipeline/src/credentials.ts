import type { DhanCredentials } from '@rtp/dhan';
import { pipelineErrors } from './errors.ts';

/** Reads the broker's credentials from the environment. Errors: RTP_PIPELINE_CREDENTIALS_MISSING names the variable. */
export function readCredentials(env: Readonly<Record<string, string | undefined>>): DhanCredentials {
  const clientId = env.DHAN_CLIENT_ID;
  const apiToken = env.DHAN_API_TOKEN;
  const pin = env.DHAN_PIN;
  const totpSecret = env.DHAN_TOTP_SECRET;
  if (!clientId) throw missing('DHAN_CLIENT_ID is not set.');
  if (!apiToken && !(pin && totpSecret)) {
    if (pin) throw missing('DHAN_TOTP_SECRET is not set, and neither is DHAN_API_TOKEN.');
    if (totpSecret) throw missing('DHAN_PIN is not set, and neither is DHAN_API_TOKEN.');
    throw missing('DHAN_API_TOKEN is not set, and neither are DHAN_PIN and DHAN_TOTP_SECRET.');
  }
  return {
    clientId,
    ...(apiToken && { apiToken }),
    ...(pin && totpSecret && { pin, totpSecret }),
  };
}

const missing = (message: string) => pipelineErrors.create('RTP_PIPELINE_CREDENTIALS_MISSING', message);
