import type { Block, ChartBlock, ReportDocument, TableBlock } from './document.ts';

const SPARKS = '▁▂▃▄▅▆▇█';
const SPARK_WIDTH = 60;

/** A document as Markdown: charts as one line of block characters with their range. */
export function markdownOf(document: ReportDocument): string {
  const { title, subtitle, verdict, figures, sections, footer } = document;
  const parts = [
    `# ${escaped(title)}`,
    escaped(subtitle),
    `**${escaped(verdict.text)}**`,
    figures
      .map(({ name, value, detail }) => `- ${escaped(name)}: **${escaped(value)}** ${escaped(detail)}`.trimEnd())
      .join('\n'),
    ...sections.flatMap((section) => [`## ${escaped(section.title)}`, ...section.blocks.map(blockOf)]),
    '---',
    escaped(footer),
  ];
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`;
}

function blockOf(block: Block): string {
  switch (block.kind) {
    case 'text':
      return escaped(block.text);
    case 'list':
      return block.items.map((item) => `- ${escaped(item)}`).join('\n');
    case 'table':
      return tableOf(block);
    case 'chart':
      return chartOf(block);
  }
}

function tableOf({ title, columns, rows }: TableBlock): string {
  const line = (cells: readonly string[]): string => `| ${cells.map(escaped).join(' | ')} |`;
  const rule = `|${columns.map(({ isNumber }) => (isNumber ? '---:' : '---')).join('|')}|`;
  const lines = [line(columns.map((column) => column.title)), rule, ...rows.map(line)].join('\n');
  return title === '' ? lines : `${escaped(title)}\n\n${lines}`;
}

function chartOf({ title, series, valueText }: ChartBlock): string {
  const lines = series.flatMap(({ name, values }) => {
    const known = values.filter((value) => value !== null);
    if (known.length === 0) return [];
    const range = `${valueText(Math.min(...known))} to ${valueText(Math.max(...known))}`;
    return [`- ${escaped(name)}: \`${sparkline(values)}\` ${range}`];
  });
  return `${escaped(title)}\n\n${lines.join('\n')}`;
}

/** The largest of each stretch, from nothing to the largest of all. */
function sparkline(values: readonly (number | null)[]): string {
  const width = Math.min(SPARK_WIDTH, values.length);
  const stretches = Array.from({ length: width }, (_, at) => {
    const from = Math.floor((at * values.length) / width);
    const to = Math.floor(((at + 1) * values.length) / width);
    const known = values.slice(from, to).filter((value) => value !== null);
    return known.length === 0 ? null : Math.max(...known);
  });
  const top = Math.max(...stretches.map((value) => value ?? 0));
  const spark = (value: number): string =>
    SPARKS[top <= 0 ? 0 : Math.round((value / top) * (SPARKS.length - 1))] ?? '▁';
  return stretches.map((value) => (value === null ? ' ' : spark(value))).join('');
}

/** What Markdown would take for its own, and a line's end. */
const escaped = (text: string): string =>
  text
    .replace(/\s*\n\s*/g, ' ')
    .replace(/[\\`*_[\]<>|#]/g, (character) => `\\${character}`)
    .replace(/&/g, '&amp;');
