import { afterEach, describe, expect, test } from '@jest/globals';
import { duckdbFilesGate } from './duckdb-files.ts';
import { packageFiles, places, type TempTree, tempTree } from './lib/temp-tree.ts';

let tree: TempTree | undefined;
afterEach(() => tree?.remove());

/** On one line, so that the code under test stands on the second. */
const IMPORTS =
  "import fs, { cp, createReadStream, promises, readFileSync as read, renameSync, rmSync, statSync } from 'node:fs';\n";

function violationsIn(source: string): readonly string[] {
  tree = tempTree(packageFiles('store', { 'src/a.ts': `${IMPORTS}${source}\n` }));
  return places(duckdbFilesGate(tree.root));
}

describe('the gate on DuckDB files', () => {
  test.each([
    'read(paths.catalogueFile);',
    'fs.copyFileSync(join(paths.hotDir, name), target);',
    "await promises.open('data/market.duckdb');",
    "await fs.promises.open('data/market.duckdb');",
    "createReadStream(dir + '/' + date + '.duckdb');",
    'await cp(source, hotFile);',
  ])('refuses %s', (source) => {
    expect(violationsIn(source)).toEqual(['packages/store/src/a.ts:2']);
  });

  test.each([
    'renameSync(built, paths.catalogueFile);',
    'rmSync(hotFile);',
    'statSync(paths.catalogueFile);',
    'read(paths.stampFile);',
    'DuckDBInstance.create(paths.catalogueFile);',
    'await Engine.open(hotFile);',
    'function open(path: string): void {}\nopen(hotFile);',
    'read(hotFile); // duckdb-file: no process has it open, it was set aside',
  ])('allows %s', (source) => {
    expect(violationsIn(source)).toEqual([]);
  });

  test('refuses a second place where a package makes an instance', () => {
    const make = "await DuckDBInstance.create(':memory:');\n";
    tree = tempTree({
      ...packageFiles('store', { 'src/a.ts': make, 'src/b.ts': `\n${make}` }),
      ...packageFiles('dhan', { 'src/a.ts': make }),
    });
    expect(places(duckdbFilesGate(tree.root))).toEqual(['packages/store/src/b.ts:2']);
  });
});
