import type { IndicatorColumn } from './column.ts';
import { indicatorColumns } from './registry.ts';

/** The columns stored with each bar, in the order of storage. */
export const storedColumns: readonly IndicatorColumn[] = indicatorColumns.filter(({ storage }) => storage === 'minute');
