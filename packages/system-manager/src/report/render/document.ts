/** A report as it is read: what HTML and Markdown are both written from, so that they cannot say different things. */
import type { EpochMs } from '@rtp/core';

export type Verdict = 'good' | 'bad' | 'open';

export interface ReportDocument {
  readonly title: string;
  readonly subtitle: string;
  readonly verdict: { readonly state: Verdict; readonly text: string };
  readonly figures: readonly Figure[];
  readonly sections: readonly Section[];
  readonly footer: string;
}

/** One number that matters, and what it is of. */
export interface Figure {
  readonly name: string;
  readonly value: string;
  readonly detail: string;
}

export interface Section {
  readonly title: string;
  readonly blocks: readonly Block[];
}

export type Block = TextBlock | ListBlock | TableBlock | ChartBlock;

export interface TextBlock {
  readonly kind: 'text';
  readonly text: string;
}

export interface ListBlock {
  readonly kind: 'list';
  readonly items: readonly string[];
}

export interface TableBlock {
  readonly kind: 'table';
  readonly title: string;
  readonly columns: readonly { readonly title: string; readonly isNumber: boolean }[];
  readonly rows: readonly (readonly string[])[];
}

/** Values over time, or by category. */
export interface ChartBlock {
  readonly kind: 'chart';
  readonly title: string;
  /** What a value is written as. */
  readonly valueText: (value: number) => string;
  readonly shape: 'lines' | 'areas' | 'columns';
  readonly x: TimeAxis | CategoryAxis;
  readonly series: readonly ChartSeries[];
}

export interface ChartSeries {
  readonly name: string;
  /** One for each place of the axis; null where nothing is known. */
  readonly values: readonly (number | null)[];
}

export interface TimeAxis {
  readonly kind: 'time';
  readonly times: readonly EpochMs[];
}

export interface CategoryAxis {
  readonly kind: 'category';
  readonly names: readonly string[];
}

export const text = (of: string): TextBlock => ({ kind: 'text', text: of });

export const list = (items: readonly string[]): ListBlock => ({ kind: 'list', items });

/** A table; titles that end with `#` head columns of numbers. */
export function table(title: string, titles: readonly string[], rows: TableBlock['rows']): TableBlock {
  const columns = titles.map((of) => ({ title: of.replace(/#$/, ''), isNumber: of.endsWith('#') }));
  return { kind: 'table', title, columns, rows };
}

/** A chart, or a sentence where nothing of it is known. */
export function chart(of: Omit<ChartBlock, 'kind'>): Block {
  const isEmpty = of.series.every(({ values }) => values.every((value) => value === null));
  return isEmpty ? text(`${of.title}: nothing was measured.`) : { kind: 'chart', ...of };
}

export const timeAxis = (ist: readonly string[]): TimeAxis => ({
  kind: 'time',
  times: ist.map((at) => Date.parse(at)),
});
