/** How the token stands at a moment. */
export interface TokenState {
  /** Until it expires, market ms. */
  readonly leftMs: number;
  /** Whether a new one can be minted; if not, the owner makes it by hand. */
  readonly canMint: boolean;
  readonly isTrading: boolean;
  readonly warningMs: number;
  /** It is renewed even during trading when it lasts no longer. */
  readonly latestMs: number;
}

export interface TokenNeed {
  readonly renew: boolean;
  readonly warning: 'none' | 'by hand' | 'not renewed';
}

/**
 * What a token needs. A mint ends the feed's connection (wire §2.1), so that it is put off to the end of trading if the token
 * lasts until then.
 *
 * | Left            | Minted here                       | Given by hand |
 * |-----------------|-----------------------------------|---------------|
 * | over `warningMs` | -                                 | -             |
 * | over `latestMs`  | renewed out of trading            | warned of     |
 * | less            | renewed; warned of until it is so | warned of     |
 */
export function tokenNeed({ leftMs, canMint, isTrading, warningMs, latestMs }: TokenState): TokenNeed {
  if (leftMs > Math.max(warningMs, latestMs)) return { renew: false, warning: 'none' };
  if (!canMint) return { renew: false, warning: 'by hand' };
  const isUrgent = leftMs <= latestMs;
  return { renew: isUrgent || !isTrading, warning: isUrgent ? 'not renewed' : 'none' };
}
