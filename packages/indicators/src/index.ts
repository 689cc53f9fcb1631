export type { BarArrays } from './engine/bar-arrays.ts';
export { BAR_WIDTH, IndicatorEngine } from './engine/indicator-engine.ts';
export { yearFactor } from './graph/annualise.ts';
export { BAR_FIELDS, type BarField } from './graph/node.ts';
export {
  type LevelHistory,
  type LevelMoment,
  LevelTrace,
  type PriceLevel,
  traceLevels,
} from './levels/trace-levels.ts';
export { type PriceZone, traceZones, type ZoneHistory, type ZoneMoment, ZoneTrace } from './levels/trace-zones.ts';
export * from './registry/column.ts';
export { indicatorColumn, indicatorColumns } from './registry/registry.ts';
export { storedColumns, storedValue, storeValues } from './registry/stored-columns.ts';
export { type SessionFields, sessionFields, type TradingDays } from './sessions/session-fields.ts';
