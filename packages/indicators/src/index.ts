export { BAR_WIDTH, type BarArrays, IndicatorEngine } from './engine/indicator-engine.ts';
export { BAR_FIELDS, type BarField } from './graph/node.ts';
export * from './registry/column.ts';
export { indicatorColumn, indicatorColumns } from './registry/registry.ts';
export { storedColumns } from './registry/stored-columns.ts';
