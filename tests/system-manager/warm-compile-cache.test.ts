import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { warmCompileCache } from '../../packages/system-manager/src/system/warm-compile-cache.ts';

const dir = mkdtempSync(join(tmpdir(), 'rtp-warm-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

test('programs are compiled once for the sources as they are, and again for others', async () => {
  const cache = join(dir, 'cache');
  const runs = join(dir, 'runs');
  const file = join(dir, 'program.mjs');
  writeFileSync(file, `import { appendFileSync } from 'node:fs'; appendFileSync('${runs}', 'x');`);
  const warm = (): Promise<void> =>
    warmCompileCache([{ file, args: [], env: { NODE_COMPILE_CACHE: cache } }], () => {});
  const markers = (): string[] => readdirSync(cache).filter((name) => name.startsWith('warm-'));
  await warm();
  await warm();
  expect(readFileSync(runs, 'utf8')).toBe('x');
  const [marker] = markers();
  rmSync(join(cache, marker as string));
  writeFileSync(join(cache, 'warm-of-other-sources'), '');
  await warm();
  expect(readFileSync(runs, 'utf8')).toBe('xx');
  expect(markers()).toEqual([marker]);
});
