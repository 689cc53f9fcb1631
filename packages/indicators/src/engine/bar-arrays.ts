import type { BarField } from '../graph/node.ts';

/** Bars of one series as columns; arrays of at least `length` numbers. Fields that no column needs may be absent. */
export type BarArrays = { readonly length: number } & { readonly [Field in BarField]?: Float64Array };
