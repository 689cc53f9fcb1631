import { afterEach, describe, expect, test } from '@jest/globals';
import { importCycleGate } from './import-cycles.ts';
import { packageFiles, type TempTree, tempTree } from './lib/temp-tree.ts';

let tree: TempTree | undefined;
afterEach(() => tree?.remove());

function cyclesOf(files: Record<string, string>): readonly string[] {
  tree = tempTree(files);
  return importCycleGate(tree.root).map(({ message }) => message);
}

describe('the import cycle gate', () => {
  test('passes a diamond', () => {
    const sources = {
      'src/a.ts': "import './b.ts';\nimport './c.ts';\n",
      'src/b.ts': "import './d.ts';\n",
      'src/c.ts': "import './d.ts';\n",
      'src/d.ts': '',
    };
    expect(cyclesOf(packageFiles('core', sources))).toEqual([]);
  });

  test('finds a cycle of three files', () => {
    const sources = {
      'src/a.ts': "import './b.ts';\n",
      'src/b.ts': "export * from './c.ts';\n",
      'src/c.ts': "const a = await import('./a.ts');\n",
    };
    expect(cyclesOf(packageFiles('core', sources))).toEqual([
      'import cycle: packages/core/src/a.ts -> packages/core/src/b.ts -> packages/core/src/c.ts -> packages/core/src/a.ts',
    ]);
  });

  test('finds a cycle of types alone', () => {
    const sources = {
      'src/a.ts': "import type { B } from './b.ts';\n",
      'src/b.ts': "import type { A } from './a.ts';\n",
    };
    expect(cyclesOf(packageFiles('core', sources))).toHaveLength(1);
  });

  test('finds a cycle through two packages', () => {
    const cycles = cyclesOf({
      ...packageFiles('core', { 'src/index.ts': "import '@rtp/dhan';\n" }),
      ...packageFiles('dhan', { 'src/index.ts': "export * from './a.ts';\n", 'src/a.ts': "import '@rtp/core';\n" }),
    });
    expect(cycles).toHaveLength(1);
    expect(cycles[0]).toContain('packages/core/src/index.ts -> packages/dhan/src/index.ts -> packages/dhan/src/a.ts');
  });

  test('finds a file that imports itself', () => {
    expect(cyclesOf(packageFiles('core', { 'src/a.ts': "import './a.ts';\n" }))).toHaveLength(1);
  });
});
