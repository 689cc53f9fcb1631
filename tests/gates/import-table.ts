import { existsSync, readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { join, posix } from 'node:path';
import { importsOf } from './lib/imports.ts';
import { packageNames, sourceFiles, type Violation } from './lib/source-files.ts';

/** The "may import" column of docs/architecture.md. */
export const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  core: [],
  dhan: ['core'],
  indicators: ['core'],
  'store-client': ['core', 'indicators'],
  store: ['core', 'indicators', 'store-client'],
  pipeline: ['core', 'dhan', 'indicators', 'store-client'],
  scheduler: ['core', 'store-client'],
  monitor: ['core', 'store-client'],
  'system-manager': ['core', 'indicators', 'store-client'],
  'exchange-simulator': ['core'],
};

/** Costs 50 ms and 7 MB when it is imported: see packages/core/src/http/node-http.ts. */
const HTTP = 'node:http';

const BUILTINS = new Set(builtinModules);

/** Packages import each other as the table allows, through public faces only, and nothing undeclared or too dear. */
export function importTableGate(root: string): readonly Violation[] {
  return [...packageNames(root).flatMap((name) => packageViolations(root, name)), ...testViolations(root)];
}

function packageViolations(root: string, name: string): readonly Violation[] {
  const folder = `packages/${name}`;
  const allowed = MAY_IMPORT[name];
  if (allowed === undefined) {
    return [
      { file: `${folder}/package.json`, line: 1, message: `package ${name} has no row in the "may import" table` },
    ];
  }
  const declared = dependenciesOf(join(root, folder, 'package.json'), ['dependencies']);
  return sourceFiles(root, [`${folder}/src`]).flatMap((file) =>
    importsOf(file).flatMap(({ specifier, line, isTypeOnly }) => {
      const message =
        specifier === HTTP && !isTypeOnly
          ? `"${HTTP}" as a module loads a second HTTP client; take nodeHttp of core`
          : packageImportProblem(specifier, file.path, name, allowed, declared, root);
      return message === null ? [] : [{ file: file.path, line, message }];
    }),
  );
}

function packageImportProblem(
  specifier: string,
  file: string,
  name: string,
  allowed: readonly string[],
  declared: ReadonlySet<string>,
  root: string,
): string | null {
  if (specifier.startsWith('.')) {
    const target = posix.join(posix.dirname(file), specifier);
    if (target.startsWith(`packages/${name}/`)) return null;
    return `"${specifier}" leaves the package; import another package by its name`;
  }
  if (isBuiltin(specifier)) return specifier.startsWith('node:') ? null : `write "node:${specifier}"`;
  const dependency = packageOf(specifier);
  if (dependency.startsWith('@rtp/')) {
    const other = dependency.slice('@rtp/'.length);
    if (!allowed.includes(other)) return `${name} may not import ${other}`;
    if (!isPublicFace(root, other, specifier.slice(dependency.length)))
      return `"${specifier}" bypasses the public face of ${other}`;
  }
  return declared.has(dependency) ? null : `"${dependency}" is not among the dependencies of ${name}`;
}

/** Tests may import anything that the workspace declares. */
function testViolations(root: string): readonly Violation[] {
  const manifest = join(root, 'package.json');
  if (!existsSync(manifest)) return [];
  const declared = dependenciesOf(manifest, ['dependencies', 'devDependencies']);
  return sourceFiles(root, ['tests']).flatMap((file) =>
    importsOf(file).flatMap(({ specifier, line }) => {
      if (specifier.startsWith('.') || isBuiltin(specifier) || specifier === '@jest/globals') return [];
      const dependency = packageOf(specifier);
      if (declared.has(dependency)) return [];
      return [{ file: file.path, line, message: `"${dependency}" is not among the dependencies of the workspace` }];
    }),
  );
}

function dependenciesOf(manifest: string, fields: readonly string[]): ReadonlySet<string> {
  const content = JSON.parse(readFileSync(manifest, 'utf8')) as Record<string, Record<string, string> | undefined>;
  return new Set(fields.flatMap((field) => Object.keys(content[field] ?? {})));
}

/** The package itself, or an entry that its `exports` name. */
function isPublicFace(root: string, packageName: string, subpath: string): boolean {
  if (subpath === '') return true;
  const manifest = join(root, 'packages', packageName, 'package.json');
  if (!existsSync(manifest)) return false;
  const { exports = {} } = JSON.parse(readFileSync(manifest, 'utf8')) as { exports?: Record<string, string> };
  return Object.hasOwn(exports, `.${subpath}`);
}

function packageOf(specifier: string): string {
  const parts = specifier.split('/');
  return specifier.startsWith('@') ? parts.slice(0, 2).join('/') : (parts[0] as string);
}

function isBuiltin(specifier: string): boolean {
  return specifier.startsWith('node:') || BUILTINS.has(specifier);
}
