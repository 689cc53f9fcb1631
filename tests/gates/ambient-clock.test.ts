import { afterEach, describe, expect, test } from '@jest/globals';
import { ambientClockGate } from './ambient-clock.ts';
import { packageFiles, places, type TempTree, tempTree } from './lib/temp-tree.ts';

let tree: TempTree | undefined;
afterEach(() => tree?.remove());

function violationsIn(source: string, path = 'src/a.ts'): readonly string[] {
  tree = tempTree(packageFiles('core', { [path]: source }));
  return places(ambientClockGate(tree.root));
}

describe('the ambient clock gate', () => {
  test.each([
    'const a = Date.now();',
    'const a = new Date();',
    'const a = new Date;',
    'const a = Date();',
    'const a = performance.now();',
    'const read = Date.now;',
    'const a = globalThis.performance.now();',
    'const a = process.hrtime.bigint();',
    'setTimeout(() => {}, 5);',
    'setInterval(() => {}, 5);',
    'globalThis.setTimeout(() => {}, 5);',
    "import { setTimeout as wait } from 'node:timers/promises';",
    "import { performance } from 'node:perf_hooks';",
  ])('refuses %s', (line) => {
    expect(violationsIn(`// é\n${line}\n`)).toEqual(['packages/core/src/a.ts:2']);
  });

  test.each([
    'const a = new Date(0);',
    'const a = Date.parse("2026-01-01");',
    '// Date.now() is mentioned only',
    'const text = "Date.now()";',
    'const clock = { now: () => 5 }; clock.now();',
    'clearTimeout(undefined);',
    'function setTimeout(run: () => void): void { run(); }\nsetTimeout(() => {});',
    "import { setImmediate } from 'node:timers/promises';",
    "import { monitorEventLoopDelay } from 'node:perf_hooks';",
  ])('allows %s', (source) => {
    expect(violationsIn(`${source}\n`)).toEqual([]);
  });

  test('allows a use that says why on its line, and refuses an escape without a reason', () => {
    const source = [
      'const a = Date.now(); // real-clock: the file system stamps files with it',
      'const b = Date.now(); // real-clock:',
    ];
    expect(violationsIn(source.join('\n'))).toEqual(['packages/core/src/a.ts:2']);
  });

  test('leaves the clock module alone', () => {
    expect(violationsIn('export const now = () => Date.now();', 'src/clock/a.ts')).toEqual([]);
  });

  test('looks into tests as well', () => {
    tree = tempTree({ ...packageFiles('core', {}), 'tests/core/a.test.ts': 'setTimeout(() => {}, 5);\n' });
    expect(places(ambientClockGate(tree.root))).toEqual(['tests/core/a.test.ts:1']);
  });
});
