import { grouped } from '../../cli/grouped.ts';
import type { ColumnProof, ColumnsProof, IndicatorProof } from './proof.ts';

/** What was proved, in one line. */
export function proofSummary(proof: Omit<IndicatorProof, 'summary'>): string {
  const { stored, read, opinion, bars, rows, missing, surplus } = proof;
  const { length } = stored.columns;
  if (proof.verdict === 'proved') {
    const worst = largest(stored);
    const difference =
      worst === null ? '' : `; worst difference ${(worst.worst ?? 0).toFixed(2)} of a quantum (${worst.column})`;
    return `${length} columns of ${grouped(rows)} bars stored; recomputed bar by bar${difference}`;
  }
  const problems = [
    missing === 0 ? '' : `${grouped(missing)} of ${grouped(bars)} bars have no row`,
    surplus === 0 ? '' : `${grouped(surplus)} rows have no whole bar or are there twice`,
    wrongText(stored, 'stored'),
    wrongText(read, 'computed'),
    opinion.wrong === 0
      ? ''
      : `${grouped(opinion.wrong)} values differ from another library's (${opinion.columns[0]?.column})`,
  ];
  return problems.filter((text) => text !== '').join('; ');
}

function wrongText({ wrong, columns }: ColumnsProof, kind: string): string {
  if (wrong === 0) return '';
  const bad = columns.filter((column) => column.wrong > 0);
  const named = bad.slice(0, 3).map(({ column }) => column);
  const more = bad.length > named.length ? ` and ${bad.length - named.length} more columns` : '';
  return `${grouped(wrong)} ${kind} values are wrong (${named.join(', ')}${more})`;
}

/** The column with the largest difference. */
function largest({ columns }: ColumnsProof): ColumnProof | null {
  return columns.reduce<ColumnProof | null>(
    (worst, column) => ((column.worst ?? -1) > (worst?.worst ?? -1) ? column : worst),
    null,
  );
}
