import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Violation } from './source-files.ts';

/** A throw-away source tree. */
export interface TempTree {
  readonly root: string;
  remove(): void;
}

/** Writes `files` (path to content) below a new temporary folder. */
export function tempTree(files: Readonly<Record<string, string>>): TempTree {
  const root = mkdtempSync(join(tmpdir(), 'rtp-gate-'));
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
  }
  return { root, remove: () => rmSync(root, { recursive: true, force: true }) };
}

/** A package of a temporary tree: its manifest and sources under `packages/<name>/`. */
export function packageFiles(
  name: string,
  sources: Readonly<Record<string, string>>,
  dependencies: readonly string[] = [],
): Record<string, string> {
  const manifest = {
    name: `@rtp/${name}`,
    exports: { '.': './src/index.ts' },
    dependencies: Object.fromEntries(dependencies.map((dependency) => [dependency, '1.0.0'])),
  };
  const files: Record<string, string> = { [`packages/${name}/package.json`]: JSON.stringify(manifest) };
  for (const [path, content] of Object.entries(sources)) files[`packages/${name}/${path}`] = content;
  return files;
}

/** `file:line` of each violation. */
export function places(violations: readonly Violation[]): readonly string[] {
  return violations.map(({ file, line }) => `${file}:${line}`);
}
