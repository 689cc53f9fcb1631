import type { Adjustment } from '@rtp/store-client';

/** How a change of scale is told to the owner. */
export function splitWarning(symbol: string, { exDate, priceFactor }: Adjustment): string {
  const factor = Number(priceFactor.toPrecision(6));
  return `${symbol} had a split or bonus: prices before ${exDate} times ${factor} are on today's scale`;
}
