/** How far live bars were from the official ones, from the revisions that are kept. */
import type { ReadingSources } from './sources.ts';

const PRICES = ['open', 'high', 'low', 'close'] as const;
const VALUES = [...PRICES, 'volume'] as const;
const BASIS_POINTS = 10_000;

/**
 * By date, instrument and live source. A minute is compared when its bar is official, that is from a chart or confirmed by
 * one, and the newest bar that the source brought of it is whole. A live bar that was confirmed as it is differs by
 * nothing and is found among `bars`, a view this one needs; one that was replaced is found among the superseded.
 */
export function differencesSql(sources: ReadingSources): string {
  const columns = `date, symbol, instrument_id, ts, source, ${VALUES.join(', ')}, partial, revision`;
  const live = (rows: string): string => `SELECT ${columns} FROM ${rows} WHERE source <> 'chart'`;
  return `
  WITH confirmed AS (
    SELECT date, symbol, instrument_id, source, count(*) FILTER (NOT partial) AS compared,
      count(*) FILTER (partial) AS partial
    FROM bars WHERE source <> 'chart' AND state <> 'provisional' GROUP BY ALL),
  superseded AS (${[sources.sealed('bars_superseded'), sources.open('bars'), sources.open('bars_superseded')]
    .map(live)
    .join(' UNION ALL ')}),
  replaced AS (
    SELECT s.*, ${VALUES.map((name) => `b.${name} AS official_${name}`).join(', ')}
    FROM superseded s JOIN bars b ON b.date = s.date AND b.instrument_id = s.instrument_id AND b.ts = s.ts
    WHERE s.revision < b.revision AND s.source <> b.source AND (b.source = 'chart' OR b.state <> 'provisional')
    QUALIFY row_number() OVER (PARTITION BY s.date, s.symbol, s.instrument_id, s.ts, s.source
      ORDER BY s.revision DESC) = 1),
  apart AS (
    SELECT date, symbol, instrument_id, source, partial, ${[...PRICES.map(inBasisPoints), IN_PERCENT].join(', ')}
    FROM replaced),
  summed AS (
    SELECT date, symbol, instrument_id, source, count(*) FILTER (NOT partial) AS compared,
      count(*) FILTER (partial) AS partial, ${VALUES.map(sumsOf).join(', ')}
    FROM apart GROUP BY ALL)
  SELECT date, symbol, source, ${COMPARED} AS compared, coalesce(s.partial, 0) + coalesce(c.partial, 0) AS partial,
    ${VALUES.map(columnsOf).join(', ')}, instrument_id
  FROM summed s FULL JOIN confirmed c USING (date, symbol, instrument_id, source)`;
}

const inBasisPoints = (name: string): string =>
  `CASE WHEN NOT partial THEN abs(${name} - official_${name}) / official_close * ${BASIS_POINTS} END AS ${name}`;

/** Of the official volume; of the live one where the official is 0. */
const IN_PERCENT = `CASE WHEN NOT partial THEN coalesce(
  abs(volume - official_volume) * 100.0 / coalesce(nullif(official_volume, 0), nullif(volume, 0)), 0) END AS volume`;

const sumsOf = (name: string): string =>
  `count(*) FILTER (${name} > 0) AS ${name}_differ, sum(${name}) AS ${name}_sum, max(${name}) AS ${name}_max`;

const COMPARED = '(coalesce(s.compared, 0) + coalesce(c.compared, 0))';

/** Means are over all minutes compared, those that agree included; null where none was. */
function columnsOf(name: string): string {
  const unit = name === 'volume' ? 'percent' : 'bp';
  return `coalesce(s.${name}_differ, 0) AS ${name}_differ,
    CASE WHEN ${COMPARED} > 0 THEN coalesce(s.${name}_sum, 0) / ${COMPARED} END AS ${name}_mean_${unit},
    CASE WHEN ${COMPARED} > 0 THEN coalesce(s.${name}_max, 0) END AS ${name}_max_${unit}`;
}
