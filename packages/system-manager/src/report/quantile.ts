/** The smallest value that at least `share` (0 to 1) of them do not exceed; null of none. */
export function quantile(values: readonly number[], share: number): number | null {
  if (values.length === 0) return null;
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)]!;
}

/** The largest of what is known; null when nothing is. */
export const largest = (values: readonly (number | null)[]): number | null =>
  values.reduce((max, value) => (value === null ? max : Math.max(max ?? value, value)), null);
