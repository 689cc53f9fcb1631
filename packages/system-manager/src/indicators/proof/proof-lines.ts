import { istIso } from '@rtp/core';
import { grouped } from '../../cli/grouped.ts';
import type { ColumnProof, ColumnsProof, IndicatorProof } from './proof.ts';

/** Columns listed where everything is right. */
const LISTED_COLUMNS = 8;

/** A proof in words: counts, the worst columns, the verdict. `full` lists every column. */
export function proofLines(proof: IndicatorProof, full: boolean): readonly string[] {
  const { date, generation, symbols, bars, rows, missing, surplus } = proof;
  const state = generation === null ? 'open' : `sealed, generation ${generation}`;
  return [
    `${date} (${state}): ${grouped(symbols)} symbols, ${grouped(bars)} whole bars, ${grouped(rows)} rows of indicators, ${grouped(missing)} missing, ${grouped(surplus)} too many.`,
    ...section('Stored columns, every value against the engine bar by bar', proof.stored, 'quanta', full),
    ...section('Columns computed on read, as served', proof.read, 'of the largest value', full),
    ...section('Second opinion of trading-signals', proof.opinion, 'of the largest value', full),
    '',
    proof.verdict === 'proved'
      ? `Proved in ${proof.seconds.toFixed(1)} s: ${proof.summary}.`
      : `NOT PROVED, RTP_INDICATORS_DIFFER: ${proof.summary}.`,
  ];
}

function section(
  title: string,
  { symbols, values, wrong, columns }: ColumnsProof,
  unit: string,
  full: boolean,
): readonly string[] {
  const head = `${title}: ${columns.length} columns of ${grouped(symbols)} symbols, ${grouped(values)} values, ${grouped(wrong)} wrong.`;
  const wrongOnes = columns.filter((column) => column.wrong > 0).length;
  const listed = full ? columns : columns.slice(0, Math.max(LISTED_COLUMNS, wrongOnes));
  const width = Math.max(...listed.map(({ column }) => column.length));
  const more = columns.length - listed.length;
  return [
    '',
    head,
    ...listed.map((column) => `  ${columnLine(column, width, unit)}`),
    ...(more === 0 ? [] : [`  and ${more} columns with smaller differences`]),
  ];
}

function columnLine(
  { column, values, wrong, worst, at, found, expected }: ColumnProof,
  width: number,
  unit: string,
): string {
  if (at === null) return `${column.padEnd(width)}  no values`;
  const difference = worst === null ? '-' : worst >= 0.01 || worst === 0 ? worst.toFixed(2) : worst.toExponential(1);
  const bad = wrong === 0 ? '' : `${grouped(wrong)} wrong, `;
  const place = `${at.symbol} ${istIso(at.time).slice(0, 16).replace('T', ' ')}`;
  return `${column.padEnd(width)}  ${bad}worst ${difference} ${unit} of ${grouped(values)}: ${found ?? 'null'} for ${expected ?? 'null'}, ${place}`;
}
