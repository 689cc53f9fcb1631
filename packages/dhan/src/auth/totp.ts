import type { EpochMs } from '@rtp/core';
import { dhanErrors } from '../errors.ts';

/** Length of a TOTP window (RFC 6238). */
export const TOTP_WINDOW_MS = 30_000;

/** The six-digit code of `secret` (base32, spaces allowed) at `instant`. Errors: RTP_DHAN_TOTP_INVALID. */
export async function totpAt(secret: string, instant: EpochMs): Promise<string> {
  const { createGuardrails, generate } = await import('otplib');
  try {
    return await generate({
      secret: secret.replace(/[\s=-]/g, '').toUpperCase(),
      epoch: Math.floor(instant / 1_000),
      // Brokers hand out secrets of 80 bits, which the library's own minimum refuses.
      guardrails: createGuardrails({ MIN_SECRET_BYTES: 1 }),
    });
  } catch {
    throw dhanErrors.create('RTP_DHAN_TOTP_INVALID', 'The TOTP secret is not base32 text.', {
      fix: 'Copy DHAN_TOTP_SECRET again from the page where TOTP was set up.',
    });
  }
}

/** The first instant of the window after the one that holds `instant`. */
export const nextTotpWindow = (instant: EpochMs): EpochMs =>
  (Math.floor(instant / TOTP_WINDOW_MS) + 1) * TOTP_WINDOW_MS;
