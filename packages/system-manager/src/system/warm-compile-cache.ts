import { existsSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot, realDelay } from '@rtp/core';
import { execa } from 'execa';
import type { ChildProgram } from '../supervisor/child-handle.ts';
import { productVersion } from './version.ts';

const TIMEOUT_MS = 20_000;
/** Begins the name of the file that says of which sources everything is compiled. */
const MARKER = 'warm-';

/**
 * On the first start of an installation, or of other sources, lets every program load and compile its modules once: without a data directory
 * it ends as soon as it has. The processes that then serve find them compiled, which spares each 27 MB of memory.
 * Failure costs nothing but that.
 */
export async function warmCompileCache(
  programs: readonly ChildProgram[],
  notice: (line: string) => void,
): Promise<void> {
  const dir = programs[0]?.env.NODE_COMPILE_CACHE;
  if (dir === undefined) return;
  const marker = join(dir, `${MARKER}${productVersion()}-${process.version}-${newestSource()}`);
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
    for (const name of readdirSync(dir)) if (name.startsWith(MARKER)) rmSync(join(dir, name), { force: true });
    writeFileSync(marker, '');
  } catch {
    // A read-only installation compiles at every start.
  }
}

/** When the newest source file was changed, epoch milliseconds: another after every update of the installation. */
function newestSource(): number {
  const packages = join(projectRoot, 'packages');
  const changed = readdirSync(packages).flatMap((name) => {
    const src = join(packages, name, 'src');
    if (!existsSync(src)) return [];
    return readdirSync(src, { recursive: true, encoding: 'utf8' }).map((file) => statSync(join(src, file)).mtimeMs);
  });
  return Math.round(Math.max(...changed));
}
