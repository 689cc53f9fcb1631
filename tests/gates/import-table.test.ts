import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from '@jest/globals';
import { projectRoot } from '@rtp/core';
import { importTableGate, MAY_IMPORT } from './import-table.ts';
import { packageFiles, places, type TempTree, tempTree } from './lib/temp-tree.ts';

let tree: TempTree | undefined;
afterEach(() => tree?.remove());

function messagesFor(files: Record<string, string>): readonly string[] {
  tree = tempTree(files);
  return importTableGate(tree.root).map(({ message }) => message);
}

describe('the import table gate', () => {
  test('passes a package that imports as the table allows', () => {
    const source =
      "import { readFileSync } from 'node:fs';\nimport { x } from '@rtp/core';\nimport './b.ts';\nimport 'zod';\n";
    const files = packageFiles('dhan', { 'src/a.ts': source, 'src/b.ts': '' }, ['@rtp/core', 'zod']);
    expect(messagesFor({ ...packageFiles('core', {}), ...files })).toEqual([]);
  });

  test('refuses a package that the table forbids, also as a type', () => {
    const source = "import type { Client } from '@rtp/dhan';\n";
    const messages = messagesFor(packageFiles('exchange-simulator', { 'src/a.ts': source }, ['@rtp/dhan']));
    expect(messages).toEqual(['exchange-simulator may not import dhan']);
  });

  test('refuses a way round the public face', () => {
    const source =
      "export { x } from '@rtp/core/src/time/ist.ts';\nconst y = await import('../../core/src/index.ts');\n";
    const messages = messagesFor(packageFiles('dhan', { 'src/a.ts': source }, ['@rtp/core']));
    expect(messages).toEqual([
      '"@rtp/core/src/time/ist.ts" bypasses the public face of core',
      '"../../core/src/index.ts" leaves the package; import another package by its name',
    ]);
  });

  test('passes an entry that the other package exports by name', () => {
    const source = "import { x } from '@rtp/indicators/second-opinion';\n";
    const manifest = JSON.stringify({
      name: '@rtp/indicators',
      exports: { '.': './src/index.ts', './second-opinion': './src/b.ts' },
    });
    const files = packageFiles('pipeline', { 'src/a.ts': source }, ['@rtp/indicators']);
    expect(messagesFor({ ...files, 'packages/indicators/package.json': manifest })).toEqual([]);
  });

  test('refuses a dependency that the package does not declare', () => {
    const messages = messagesFor(
      packageFiles('dhan', { 'src/a.ts': "import 'undici';\nimport '@scope/x/deep.js';\n" }),
    );
    expect(messages).toEqual([
      '"undici" is not among the dependencies of dhan',
      '"@scope/x" is not among the dependencies of dhan',
    ]);
  });

  test('refuses a built-in module without its prefix', () => {
    expect(messagesFor(packageFiles('core', { 'src/a.ts': "import 'fs';\n" }))).toEqual(['write "node:fs"']);
  });

  test('lets a package have types of HTTP, but not load it as a module', () => {
    const source = "import type { Server } from 'node:http';\nimport { type Agent, request } from 'node:http';\n";
    tree = tempTree(packageFiles('core', { 'src/a.ts': source }));
    expect(places(importTableGate(tree.root))).toEqual(['packages/core/src/a.ts:2']);
  });

  test('refuses a package that has no row', () => {
    expect(messagesFor(packageFiles('newcomer', {}))).toEqual([
      'package newcomer has no row in the "may import" table',
    ]);
  });

  test('lets tests import anything that the workspace declares, and nothing else', () => {
    tree = tempTree({
      'package.json': JSON.stringify({ devDependencies: { execa: '1.0.0' } }),
      ...packageFiles('core', {}),
      'tests/core/a.test.ts': "import 'execa';\nimport '../../packages/core/src/x.ts';\nimport 'left-pad';\n",
    });
    expect(places(importTableGate(tree.root))).toEqual(['tests/core/a.test.ts:3']);
  });

  test('agrees with the table of docs/architecture.md', () => {
    const text = readFileSync(join(projectRoot, 'docs/architecture.md'), 'utf8');
    const table = text.slice(text.search(/\|[^\n]*may import/i)).split('\n\n')[0] as string;
    const rows = table.split('\n').slice(2).filter(Boolean);
    const documented = rows.map((row) => {
      const cells = row.split('|').map((cell) => cell.trim());
      const names = (cells.at(-2) as string).match(/[a-z][a-z-]+/g) ?? [];
      return [(cells[1] as string).replaceAll('`', ''), names.filter((name) => name in MAY_IMPORT)] as const;
    });
    expect(documented.length).toBeGreaterThan(0);
    for (const [name, allowed] of documented) {
      expect({ [name]: [...allowed].sort() }).toEqual({ [name]: [...(MAY_IMPORT[name] ?? ['no such row'])].sort() });
    }
  });

  test('has zod without its locales, 60 modules in every process: the patch is applied', () => {
    for (const face of ['v4/core/index.js', 'v4/classic/external.js']) {
      const source = readFileSync(join(projectRoot, 'packages/core/node_modules/zod', face), 'utf8');
      expect(source).toContain('export *');
      expect(source).not.toContain('locales');
    }
  });
});
