import { type BarField, type IndicatorColumn, IndicatorEngine } from '@rtp/indicators';
import { managerErrors } from '../../errors.ts';
import type { BarColumn } from './bar-fields.ts';

export interface ChosenColumns {
  readonly columns: readonly IndicatorColumn[];
  /** Left out because the file lacks what they need: how many, by what. */
  readonly leftOut: Readonly<Partial<Record<Optional, number>>>;
}

const OPTIONAL = ['volume', 'bench'] as const satisfies readonly (BarColumn & BarField)[];
type Optional = (typeof OPTIONAL)[number];

/**
 * The columns that can be computed from what the file has. Columns asked for by name must be among them.
 * Errors: RTP_OHLCV_FILE_INVALID.
 */
export function computable(
  file: string,
  wanted: readonly IndicatorColumn[],
  byName: ReadonlySet<string>,
  has: ReadonlySet<BarColumn>,
): ChosenColumns {
  const missing = OPTIONAL.filter((field) => !has.has(field));
  if (missing.length === 0) return { columns: wanted, leftOut: {} };
  const leftOut: Partial<Record<Optional, number>> = {};
  const columns: IndicatorColumn[] = [];
  const refused: string[] = [];
  for (const column of wanted) {
    const lacks = missing.find((field) => fieldsOf(column).includes(field));
    if (lacks === undefined) columns.push(column);
    else if (byName.has(column.name)) refused.push(`${column.name} needs "${lacks}"`);
    else leftOut[lacks] = (leftOut[lacks] ?? 0) + 1;
  }
  if (columns.length === 0)
    for (const lacks of missing) if (lacks in leftOut) refused.push(`all of them need "${lacks}"`);
  if (refused.length > 0) {
    throw managerErrors.create('RTP_OHLCV_FILE_INVALID', `${file} lacks a column: ${refused.join(', ')}.`);
  }
  return { columns, leftOut };
}

const fieldsOf = ({ name }: IndicatorColumn): readonly BarField[] => new IndicatorEngine([name], 1).fields;
