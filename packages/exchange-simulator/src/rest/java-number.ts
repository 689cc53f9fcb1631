/**
 * A number as Java's Double.toString prints it, the style of the broker's charts: `75094.0`, `1.4194881E7`.
 * Plain from 0.001 to below 10 million, else one digit, a fraction and an exponent (Java SE, Double.toString).
 */
export function javaDouble(value: number): string {
  const size = Math.abs(value);
  if (value === 0 || (size >= 1e-3 && size < 1e7)) {
    return Number.isInteger(value) ? `${value}.0` : String(value);
  }
  const [mantissa = '0', exponent = '0'] = value.toExponential().split('e');
  const fraction = mantissa.includes('.') ? mantissa : `${mantissa}.0`;
  return `${fraction}E${Number(exponent)}`;
}

/** A JSON array in that style. */
export function javaArray(values: readonly number[]): string {
  return `[${values.map(javaDouble).join(',')}]`;
}
