import { indicatorColumns } from '@rtp/indicators';
import { type Series, scaled, withFields } from './series.ts';
import { type Columns, inBulk } from './three-ways.ts';

/** Throws unless prices scale with those of the bars, by a factor that is no power of two, and all else stays. */
export function expectScaleFree(bars: Series, columns: Columns, factor = 1.37): void {
  const prices = ['open', 'high', 'low', 'close', 'tick'] as const;
  const fields = Object.fromEntries(prices.map((name) => [name, scaled(bars[name], factor)]));
  const other = inBulk([...columns.keys()], withFields(bars, fields));
  for (const { name, unit } of indicatorColumns.filter((column) => columns.has(column.name))) {
    const ratio = unit === 'price' ? factor : 1;
    for (const [bar, value] of columns.get(name)!.entries()) {
      const got = other.get(name)![bar]!;
      const isSame = Math.abs(got - ratio * value) <= 1e-8 * Math.max(1, Math.abs(value));
      if (!isSame && !(Number.isNaN(value) && Number.isNaN(got))) {
        throw new Error(`${name}, bar ${bar}: ${value} became ${got}`);
      }
    }
  }
}
