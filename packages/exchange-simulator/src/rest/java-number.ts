/**
 * A number as Java's Double.toString prints it, the style of the broker's charts: `75094.0`, `1.4194881E7`, `NaN`.
 * Plain from 0.001 to below 10 million, else one digit, a fraction and an exponent (Java SE, Double.toString).
 */
export function javaDouble(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  const size = Math.abs(value);
  if (value === 0 || (size >= 1e-3 && size < 1e7)) {
    return Number.isInteger(value) ? `${value}.0` : (paiseText(value) ?? String(value));
  }
  if (Number.isInteger(value) && value > 0 && value < 1e15) return wholeInScience(value);
  const [mantissa = '0', exponent = '0'] = value.toExponential().split('e');
  const fraction = mantissa.includes('.') ? mantissa : `${mantissa}.0`;
  return `${fraction}E${Number(exponent)}`;
}

/** Prices are most of what is printed: putting two whole numbers together is several times faster than a double. */
function paiseText(value: number): string | undefined {
  const paise = Math.round(value * 100);
  if (value < 1 || paise / 100 !== value) return undefined;
  return `${Math.floor(paise / 100)}.${PAISE[paise % 100]}`;
}

/** 0 to 99 paise as a decimal fraction without trailing zeros. */
const PAISE = Array.from({ length: 100 }, (_, paise) => (paise / 100).toFixed(2).slice(2).replace(/0$/, ''));

/** A whole number from 10 million on; the time of every candle is one. */
function wholeInScience(value: number): string {
  const digits = String(value);
  let end = digits.length;
  while (end > 2 && digits[end - 1] === '0') end -= 1;
  return `${digits[0]}.${digits.slice(1, end)}E${digits.length - 1}`;
}

/** A JSON array in that style. */
export function javaArray(values: readonly number[]): string {
  return `[${values.map(javaDouble).join(',')}]`;
}
