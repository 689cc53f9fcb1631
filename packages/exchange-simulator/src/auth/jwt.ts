import { createHmac } from 'node:crypto';

/** Claims of the broker's access token (wire §2.1), seconds since the epoch. */
export interface TokenClaims {
  readonly iss: 'dhan';
  readonly partnerId: string;
  readonly exp: number;
  readonly iat: number;
  /** `APP`: minted by PIN and TOTP. */
  readonly tokenConsumerType: 'APP';
  readonly userRegion: string;
  readonly dhanClientId: string;
}

const encode = (content: unknown): string => Buffer.from(JSON.stringify(content)).toString('base64url');

/** A signed token (RFC 7519, HS256). */
export function signToken(claims: TokenClaims, key: Buffer): string {
  const body = `${encode({ typ: 'JWT', alg: 'HS256' })}.${encode(claims)}`;
  return `${body}.${createHmac('sha256', key).update(body).digest('base64url')}`;
}
