/** One field of a cron pattern: its bounds, and the names that stand for numbers. */
interface Field {
  readonly min: number;
  readonly max: number;
  readonly names: readonly string[];
}

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const WEEKDAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];

/** Minute, hour, day of the month, month, day of the week (0 and 7 are Sunday). */
const FIELDS: readonly Field[] = [
  { min: 0, max: 59, names: [] },
  { min: 0, max: 23, names: [] },
  { min: 1, max: 31, names: [] },
  { min: 1, max: 12, names: MONTHS },
  { min: 0, max: 7, names: WEEKDAYS },
];

/** Whether `text` is a cron pattern of five fields: numbers, names, `*`, lists, ranges, and steps of `*` or a range. */
export function isCronPattern(text: string): boolean {
  const fields = text.trim().split(/\s+/);
  return fields.length === FIELDS.length && FIELDS.every((field, index) => isField(fields[index] as string, field));
}

const isField = (text: string, field: Field): boolean => text.split(',').every((item) => isItem(item, field));

function isItem(text: string, field: Field): boolean {
  const [, span = '', step] = /^([^/]+)(?:\/(\d+))?$/.exec(text) ?? [];
  if (step !== undefined && (Number(step) < 1 || Number(step) > field.max - field.min)) return false;
  if (span === '*') return true;
  const [low, high, ...more] = span.split('-').map((bound) => numberOf(bound, field));
  if (low === undefined || Number.isNaN(low) || more.length > 0) return false;
  return high === undefined ? step === undefined : low <= high;
}

/** The number of a bound; NaN when it is none of the field's. */
function numberOf(text: string, { min, max, names }: Field): number {
  const name = names.indexOf(text.toLowerCase());
  const value = name >= 0 ? name + min : /^\d+$/.test(text) ? Number(text) : Number.NaN;
  return value >= min && value <= max ? value : Number.NaN;
}
