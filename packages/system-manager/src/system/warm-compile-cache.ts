import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { realDelay } from '@rtp/core';
import { execa } from 'execa';
import type { ChildProgram } from '../supervisor/child-handle.ts';
import { productVersion } from './version.ts';

const TIMEOUT_MS = 20_000;

/**
 * On the first start of an installation, lets every program load and compile its modules once: without a data directory
 * it ends as soon as it has. The processes that then serve find them compiled, which spares each 27 MB of memory.
 * Failure costs nothing but that.
 */
export async function warmCompileCache(
  programs: readonly ChildProgram[],
  notice: (line: string) => void,
): Promise<void> {
  const dir = programs[0]?.env.NODE_COMPILE_CACHE;
  if (dir === undefined) return;
  const marker = join(dir, `warm-${productVersion()}-${process.version}`);
  if (existsSync(marker)) return;
  notice('First start: compiling.');
  const runs = programs.map(({ file, env, nodeOptions = [] }) =>
    execa(process.execPath, [...nodeOptions, file], {
      env,
      extendEnv: false,
      stdio: 'ignore',
      reject: false,
      timeout: TIMEOUT_MS,
    }),
  );
  await Promise.race([Promise.all(runs), realDelay(TIMEOUT_MS)]);
  try {
    mkdirSync(dir, { recursive: true });
    writeFileSync(marker, '');
  } catch {
    // A read-only installation compiles at every start.
  }
}
