import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { loadSecrets, projectRoot, type RtpError, redactText, SECRET_VARIABLES } from '@rtp/core';

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'rtp-secrets-'));
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

describe('secrets', () => {
  test('come from the environment, then from .env; empty ones are absent', () => {
    const dotenvFile = join(dir, '.env');
    writeFileSync(dotenvFile, '# mine\nDHAN_CLIENT_ID=from-file\nDHAN_PIN="112233"\nDHAN_TOTP_SECRET=\n');
    const secrets = loadSecrets({
      env: { DHAN_CLIENT_ID: 'from-env', DHAN_PIN: '', DHAN_API_TOKEN: ' token-x ' },
      dotenvFile,
    });
    expect(secrets).toEqual({
      dhanClientId: 'from-env',
      dhanApiToken: 'token-x',
      dhanPin: '112233',
    });
    expect(Object.isFrozen(secrets)).toBe(true);
  });

  test('are hidden from every text once loaded, the owner and the addresses are not', () => {
    loadSecrets({
      env: { DHAN_CLIENT_ID: '1100220033', DHAN_TOTP_SECRET: 'ABCDEFGH2345', DHAN_PIN: '778899' },
      dotenvFile: null,
    });
    expect(redactText('client 1100220033 pin 778899 of ABCDEFGH2345')).toBe(
      'client 1100220033 pin [redacted] of [redacted]',
    );
  });

  test('need no .env', () => {
    expect(loadSecrets({ env: {}, dotenvFile: join(dir, 'nowhere') })).toEqual({});
    expect(loadSecrets({ env: {}, dotenvFile: null })).toEqual({});
  });

  test('in a .env that cannot be read are a clear error', () => {
    try {
      loadSecrets({ env: {}, dotenvFile: dir });
      throw new Error('accepted');
    } catch (error) {
      expect((error as RtpError).code).toBe('RTP_CONFIG_UNREADABLE');
    }
  });

  test('are all listed in .env.example', () => {
    const example = readFileSync(join(projectRoot, '.env.example'), 'utf8');
    for (const variable of Object.values(SECRET_VARIABLES)) expect(example).toMatch(new RegExp(`^${variable}=$`, 'm'));
  });
});
