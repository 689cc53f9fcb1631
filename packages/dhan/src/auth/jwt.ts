import type { EpochMs } from '@rtp/core';
import { z } from 'zod';
import { failure } from '../wire/failure-kind.ts';

const claims = z.object({ exp: z.number().int().positive(), dhanClientId: z.coerce.string().optional() });

export interface TokenClaims {
  /** The only trustworthy expiry: the zoneless `expiryTime` beside it is IST (wire §2.1). */
  readonly expiresAt: EpochMs;
  /** Whose token it is, where it says. */
  readonly clientId: string | null;
}

/** Reads what a JWT claims, without checking its signature. Errors: RTP_DHAN_MALFORMED; never quotes the token. */
export function readToken(token: string): TokenClaims {
  try {
    const payload = Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8');
    const { exp, dhanClientId } = claims.parse(JSON.parse(payload));
    return { expiresAt: exp * 1_000, clientId: dhanClientId ?? null };
  } catch {
    throw failure('malformed', 'The access token is not a JWT with an expiry.');
  }
}
