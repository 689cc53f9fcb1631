/** A JWT with the claims of an access token; the signature is not one. */
export function makeToken(expiresAtMs: number, extra: Record<string, unknown> = {}): string {
  const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const exp = Math.floor(expiresAtMs / 1000);
  const claims = {
    iss: 'dhan',
    iat: exp - 86_400,
    exp,
    tokenConsumerType: 'APP',
    dhanClientId: '1000000001',
    ...extra,
  };
  return `${part({ alg: 'HS512', typ: 'JWT' })}.${part(claims)}.c2lnbmF0dXJl`;
}
