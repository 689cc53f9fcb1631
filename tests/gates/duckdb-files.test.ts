import { afterEach, describe, expect, test } from '@jest/globals';
import { duckdbFilesGate } from './duckdb-files.ts';
import { packageFiles, places, type TempTree, tempTree } from './lib/temp-tree.ts';

let tree: TempTree | undefined;
afterEach(() => tree?.remove());

function violationsIn(source: string): readonly string[] {
  tree = tempTree(packageFiles('store', { 'src/a.ts': `${source}\n` }));
  return places(duckdbFilesGate(tree.root));
}

describe('the gate on DuckDB files', () => {
  test.each([
    'readFileSync(paths.catalogueFile);',
    'fs.copyFileSync(join(paths.hotDir, name), target);',
    "await open('data/market.duckdb');",
    "createReadStream(dir + '/' + date + '.duckdb');",
    'await cp(source, hotFile);',
  ])('refuses %s', (source) => {
    expect(violationsIn(source)).toEqual(['packages/store/src/a.ts:1']);
  });

  test.each([
    'renameSync(built, paths.catalogueFile);',
    'rmSync(hotFile);',
    'statSync(paths.catalogueFile);',
    'readFileSync(paths.stampFile);',
    'DuckDBInstance.create(paths.catalogueFile);',
    'readFileSync(hotFile); // duckdb-file: no process has it open, it was set aside',
  ])('allows %s', (source) => {
    expect(violationsIn(source)).toEqual([]);
  });
});
