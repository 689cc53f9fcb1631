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
  /** For how long the day that is being prepared needs it; 0 when none is. */
  readonly neededMs: number;
}

export interface TokenNeed {
  readonly renew: boolean;
  readonly warning: 'none' | 'by hand' | 'too short' | 'not renewed';
}

/**
 * What a token needs. A mint ends the feed's connection (wire §2.1), so that it is put off to the end of trading if the token
 * lasts until then.
 *
 * | Left                              | Minted here                                    | Given by hand |
 * |-----------------------------------|------------------------------------------------|---------------|
 * | over `warningMs` and `neededMs`   | -                                              | -             |
 * | over `warningMs`, not `neededMs`  | renewed before the open; warned of until it is | warned of     |
 * | over `latestMs`                   | renewed out of trading                         | warned of     |
 * | less                              | renewed; warned of until it is so              | warned of     |
 */
export function tokenNeed(state: TokenState): TokenNeed {
  const { leftMs, canMint, isTrading, warningMs, latestMs, neededMs } = state;
  const isShort = leftMs < neededMs;
  if (!isShort && leftMs > Math.max(warningMs, latestMs)) return { renew: false, warning: 'none' };
  if (!canMint) return { renew: false, warning: 'by hand' };
  const isUrgent = leftMs <= latestMs;
  const warning = isUrgent ? 'not renewed' : isShort && !isTrading ? 'too short' : 'none';
  return { renew: isUrgent || !isTrading, warning };
}
