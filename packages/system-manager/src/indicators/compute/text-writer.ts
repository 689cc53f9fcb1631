import { istIso } from '@rtp/core';
import type { OutputBlock, OutputLayout, ValueWriter } from './value-writer.ts';

/** Where text goes; resolves when more may follow. */
export type TextSink = (text: string) => Promise<void>;

/** Characters gathered before they are handed on. */
const CHUNK_CHARACTERS = 262_144;

/** Comma-separated values with a header; nothing where there is no value. */
export function csvWriter({ hasSymbol, bars, columns }: OutputLayout, sink: TextSink): ValueWriter {
  let text = `${[...(hasSymbol ? ['symbol'] : []), 'time', ...bars, ...columns].join(',')}\n`;
  return {
    write: async (block) => {
      const symbol = hasSymbol ? `${csvField(block.symbol)},` : '';
      for (let row = 0; row < block.length; row += 1) {
        text += symbol + istIso(block.times[row]!);
        for (const values of block.bars) text += `,${values[row]}`;
        for (const values of block.values) {
          const value = values[row]!;
          text += Number.isNaN(value) ? ',' : `,${value}`;
        }
        text += '\n';
        if (text.length < CHUNK_CHARACTERS) continue;
        await sink(text);
        text = '';
      }
    },
    end: () => sink(text),
  };
}

/** An array of objects, one a line; null where there is no value. */
export function jsonWriter(layout: OutputLayout, sink: TextSink): ValueWriter {
  const keys = [...layout.bars, ...layout.columns].map((name) => `,${JSON.stringify(name)}:`);
  let text = '[';
  let separator = '\n';
  const rowText = (block: OutputBlock, row: number, symbol: string): string => {
    let object = `{${symbol}"time":"${istIso(block.times[row]!)}"`;
    for (let index = 0; index < keys.length; index += 1) {
      const values = block.bars[index] ?? block.values[index - block.bars.length]!;
      const value = values[row]!;
      object += keys[index]! + (Number.isNaN(value) ? 'null' : value);
    }
    return `${object}}`;
  };
  return {
    write: async (block) => {
      const symbol = layout.hasSymbol ? `"symbol":${JSON.stringify(block.symbol)},` : '';
      for (let row = 0; row < block.length; row += 1) {
        text += separator + rowText(block, row, symbol);
        separator = ',\n';
        if (text.length < CHUNK_CHARACTERS) continue;
        await sink(text);
        text = '';
      }
    },
    end: () => sink(`${text}\n]\n`),
  };
}

const csvField = (text: string): string => (/[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
