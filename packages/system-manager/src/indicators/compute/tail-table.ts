import { styleText } from 'node:util';
import { istIso } from '@rtp/core';
import { indicatorColumn } from '@rtp/indicators';
import type { TextSink } from './text-writer.ts';
import type { OutputLayout, ValueWriter } from './value-writer.ts';

const LAST_ROWS = 20;

/** The last rows as a table, for a terminal: as many columns as its width holds, and how many there are. */
export function tailTable(layout: OutputLayout, width: number, sink: TextSink): ValueWriter {
  const { hasSymbol, bars, columns } = layout;
  const header = [...(hasSymbol ? ['symbol'] : []), 'time', ...bars, ...columns];
  let kept: (readonly string[])[] = [];
  let rows = 0;
  return {
    write: async ({ symbol, length, times, bars: ofBars, values }) => {
      rows += length;
      for (let row = Math.max(0, length - LAST_ROWS); row < length; row += 1) {
        kept.push([
          ...(hasSymbol ? [symbol] : []),
          istIso(times[row]!).slice(0, 16).replace('T', ' '),
          ...ofBars.map((numbers) => String(numbers[row])),
          ...values.map((numbers, index) => shown(columns[index]!, numbers[row]!)),
        ]);
      }
      kept = kept.slice(-LAST_ROWS);
    },
    end: async () => {
      const widths = header.map((name, index) => Math.max(name.length, ...kept.map((row) => row[index]!.length)));
      let fitting = 0;
      let used = -2;
      while (fitting < widths.length && used + widths[fitting]! + 2 <= width) used += widths[fitting++]! + 2;
      fitting = Math.max(1, fitting);
      const line = (cells: readonly string[]): string =>
        cells
          .slice(0, fitting)
          .map((cell, index) => cell.padStart(widths[index]!))
          .join('  ');
      const lines = [styleText('bold', line(header)), ...kept.map(line)];
      const hidden = header.length - fitting;
      const more = hidden === 0 ? '' : ` and ${hidden} more columns`;
      lines.push(styleText('dim', `The last ${kept.length} of ${rows} rows${more}; --out FILE keeps everything.`));
      await sink(`${lines.join('\n')}\n`);
    },
  };
}

const shown = (name: string, value: number): string =>
  Number.isNaN(value) ? '-' : value.toFixed(indicatorColumn(name)?.decimals ?? 2);
