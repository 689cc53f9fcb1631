export { BAR_WIDTH, type BarArrays, IndicatorEngine } from './engine/indicator-engine.ts';
export { BAR_FIELDS, type BarField } from './graph/node.ts';
export * from './registry/column.ts';
export { indicatorColumn, indicatorColumns } from './registry/registry.ts';
export { storedColumns, storedValue } from './registry/stored-columns.ts';
export { type SessionFields, sessionFields, type TradingDays } from './sessions/session-fields.ts';
