import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { projectRoot, type RtpConfig } from '@rtp/core';

/** A share for examples: of the universe, the first of the priority symbols that it holds, else its first. */
export function sampleSymbol({ pipeline }: Pick<RtpConfig, 'pipeline'>): string {
  const [preferred = 'RELIANCE'] = pipeline.priority_symbols;
  try {
    const text = readFileSync(resolve(projectRoot, pipeline.universe_file), 'utf8');
    const [header = [], ...rows] = text
      .trim()
      .split(/\r?\n/)
      .map((row) => row.split(','));
    const symbols = rows.map((row) => row[header.indexOf('symbol')] ?? '');
    return pipeline.priority_symbols.find((symbol) => symbols.includes(symbol)) ?? symbols[0] ?? preferred;
  } catch {
    // The pipeline says what is wrong with the file.
    return preferred;
  }
}
