import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from '@jest/globals';
import { configKeys, configSchema } from '@rtp/core';
import { indicatorColumns } from '@rtp/indicators';
import { configDoc, configDocGate } from './config-doc.ts';
import { errorsDoc, errorsDocGate, errorTables } from './errors-doc.ts';
import { faultsDoc, faultsDocGate } from './faults-doc.ts';
import { indicatorsDoc, indicatorsDocGate } from './indicators-doc.ts';
import { packageFiles, type TempTree, tempTree } from './lib/temp-tree.ts';

let tree: TempTree | undefined;
afterEach(() => tree?.remove());

const table = (...codes: string[]): string => {
  const specs = Object.fromEntries(
    codes.map((code) => [code, { summary: `${code} is.`, fix: 'Mend it.', exitCode: 75 }]),
  );
  return `export const errors = { create: () => {}, specs: ${JSON.stringify(specs)} };\n`;
};

async function gateAfter(change: (doc: string) => string): Promise<readonly string[]> {
  tree = tempTree({ ...packageFiles('dhan', { 'src/errors.ts': table('RTP_A', 'RTP_B') }), 'docs/errors.md': '' });
  writeFileSync(join(tree.root, 'docs/errors.md'), change(errorsDoc(await errorTables(tree.root))));
  return (await errorsDocGate(tree.root)).map(({ message }) => message);
}

describe('the gate on error documentation', () => {
  test('passes the generated document, which names code, words, exit code and status', async () => {
    expect(await gateAfter((doc) => doc)).toEqual([]);
    expect(errorsDoc(await errorTables((tree as TempTree).root))).toContain(
      '| `RTP_A` | RTP_A is. | Mend it. | 75 | 500 |',
    );
  });

  test('names a code that the document lacks', async () => {
    const messages = await gateAfter((doc) => doc.replace(/\| `RTP_B`.*\n/, ''));
    expect(messages).toEqual(['missing RTP_B; run `node tests/gates/errors-doc.ts --write`']);
  });

  test('names a code that the code lacks', async () => {
    const messages = await gateAfter((doc) => `${doc}| \`RTP_C\` | x | y | 1 | 500 |\n`);
    expect(messages).toEqual(['stale RTP_C; run `node tests/gates/errors-doc.ts --write`']);
  });

  test('refuses other words', async () => {
    expect(await gateAfter((doc) => doc.replace('Mend it.', 'Leave it.'))).toEqual([
      'its words differ from the code; run `node tests/gates/errors-doc.ts --write`',
    ]);
  });

  test('refuses a code of two packages', async () => {
    tree = tempTree({
      ...packageFiles('dhan', { 'src/errors.ts': table('RTP_A') }),
      ...packageFiles('store', { 'src/errors.ts': table('RTP_A') }),
    });
    const messages = (await errorsDocGate(tree.root)).map(({ message }) => message);
    expect(messages).toContain('RTP_A belongs to dhan already');
  });
});

describe('the gate on indicator documentation', () => {
  test('passes the generated document and refuses another or none', () => {
    tree = tempTree({ 'docs/indicators.md': indicatorsDoc(indicatorColumns) });
    expect(indicatorsDocGate(tree.root)).toEqual([]);
    writeFileSync(join(tree.root, 'docs/indicators.md'), indicatorsDoc(indicatorColumns.slice(1)));
    expect(indicatorsDocGate(tree.root)).toHaveLength(1);
    expect(indicatorsDocGate(join(tree.root, 'docs'))).toHaveLength(1);
  });
});

describe('the gate on fault documentation', () => {
  test('passes the generated document and refuses another or none', () => {
    tree = tempTree({ 'docs/faults.md': faultsDoc() });
    expect(faultsDocGate(tree.root)).toEqual([]);
    writeFileSync(join(tree.root, 'docs/faults.md'), faultsDoc().replace('charts_429', 'charts_430'));
    expect(faultsDocGate(tree.root)).toHaveLength(1);
    expect(faultsDocGate(join(tree.root, 'docs'))).toHaveLength(1);
  });
});

describe('the gate on configuration documentation', () => {
  const keys = configKeys(configSchema);

  test('passes the generated document and refuses another or none', () => {
    tree = tempTree({ 'docs/configuration.md': configDoc(keys) });
    expect(configDocGate(tree.root)).toEqual([]);
    writeFileSync(join(tree.root, 'docs/configuration.md'), configDoc(keys.slice(1)));
    expect(configDocGate(tree.root)).toHaveLength(1);
    expect(configDocGate(join(tree.root, 'docs'))).toHaveLength(1);
  });

  test('documents path, default, what is accepted and the meaning of every key', () => {
    const doc = configDoc(keys);
    for (const { path, accepts, description } of keys) {
      const row = doc.split('\n').find((line) => line.startsWith(`| \`${path}\` |`));
      expect(row).toContain(accepts);
      expect(row).toContain(description);
    }
    expect(doc).toContain('| `performance.max_workers_data` | `8` | a whole number from 1 to 64 |');
  });
});
