import { SECRET_VARIABLES, type Secrets } from '@rtp/core';
import { managerErrors } from '../errors.ts';

/** What the simulated exchange accepts; public knowledge, in its own source too. */
const SIMULATOR_CREDENTIALS: BrokerEnvironment = Object.freeze({
  DHAN_CLIENT_ID: '1000000001',
  DHAN_PIN: '123456',
  DHAN_TOTP_SECRET: 'JBSWY3DPEHPK3PXP',
});

/** Environment variables that only the pipeline is given. */
export type BrokerEnvironment = Readonly<Record<string, string>>;

/** The broker's credentials for the pipeline's environment. Errors: RTP_CREDENTIALS_MISSING. */
export function brokerEnvironment(source: 'dhan' | 'simulator', secrets: Secrets): BrokerEnvironment {
  if (source === 'simulator') return SIMULATOR_CREDENTIALS;
  const missing = missingCredentials(secrets);
  if (missing !== null) {
    throw managerErrors.create('RTP_CREDENTIALS_MISSING', `The broker's credentials are incomplete: ${missing}.`);
  }
  const names = ['dhanClientId', 'dhanApiToken', 'dhanPin', 'dhanTotpSecret'] as const;
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = secrets[name];
      return value === undefined ? [] : [[SECRET_VARIABLES[name], value]];
    }),
  );
}

/** Which variables must still be set, in words; null when a token is at hand or can be minted. */
export function missingCredentials(secrets: Secrets): string | null {
  const needs: string[] = [];
  if (secrets.dhanClientId === undefined) needs.push('DHAN_CLIENT_ID is not set');
  if (secrets.dhanApiToken === undefined && (secrets.dhanPin === undefined || secrets.dhanTotpSecret === undefined)) {
    const half = [
      ...(secrets.dhanPin === undefined ? ['DHAN_PIN'] : []),
      ...(secrets.dhanTotpSecret === undefined ? ['DHAN_TOTP_SECRET'] : []),
    ];
    needs.push(
      half.length === 2
        ? 'neither DHAN_API_TOKEN nor DHAN_PIN with DHAN_TOTP_SECRET is set'
        : `${half[0]} is not set and there is no DHAN_API_TOKEN`,
    );
  }
  return needs.length === 0 ? null : needs.join(', and ');
}
