/** A price that no market has. */
export type InvalidPrice = 'nan' | 'negative' | 'zero' | 'infinite';

/** What stands for it on the wire; a negative one is what empty levels of a book have shown. */
export function invalidPrice(kind: InvalidPrice): number {
  switch (kind) {
    case 'nan':
      return Number.NaN;
    case 'negative':
      return -0.01;
    case 'zero':
      return 0;
    case 'infinite':
      return Number.POSITIVE_INFINITY;
  }
}
