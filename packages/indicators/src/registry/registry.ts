/** The catalogue of all columns: the one place that knows them. */
import { bands } from '../families/bands.ts';
import { candles } from '../families/candles.ts';
import { cycle } from '../families/cycle.ts';
import { dayLevels } from '../families/day-levels.ts';
import { levels } from '../families/levels.ts';
import { momentum } from '../families/momentum.ts';
import { movingAverages } from '../families/moving-averages.ts';
import { session } from '../families/session.ts';
import { statistics } from '../families/statistics.ts';
import { transforms } from '../families/transforms.ts';
import { trend } from '../families/trend.ts';
import { volatility } from '../families/volatility.ts';
import { volume } from '../families/volume.ts';
import { zones } from '../families/zones.ts';
import type { IndicatorColumn } from './column.ts';
import type { ColumnDefinition } from './define.ts';

const definitions: readonly ColumnDefinition[] = [
  ...movingAverages,
  ...bands,
  ...trend,
  ...momentum,
  ...volatility,
  ...volume,
  ...session,
  ...dayLevels,
  ...statistics,
  ...transforms,
  ...cycle,
  ...candles,
  ...levels,
  ...zones,
];

const byName = new Map(definitions.map((definition) => [definition.name, definition] as const));

/** Every column, by family. */
export const indicatorColumns: readonly IndicatorColumn[] = definitions;

/** A column by name; undefined when there is none. */
export function indicatorColumn(name: string): IndicatorColumn | undefined {
  return byName.get(name);
}

/** A column and its node. Errors: an unknown name. */
export function definitionOf(name: string): ColumnDefinition {
  const definition = byName.get(name);
  if (definition === undefined) throw new Error(`no indicator column is called ${name}`);
  return definition;
}
