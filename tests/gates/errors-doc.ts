/** Generates docs/errors.md from the packages' error tables; `--write` writes it, the gate compares. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type ErrorSpec, projectRoot } from '@rtp/core';
import { markdownTable } from './lib/markdown-table.ts';
import { packageNames, type Violation } from './lib/source-files.ts';

const DOC = 'docs/errors.md';
/** Where a package keeps its table. */
const TABLE_FILES = ['src/errors.ts', 'src/errors/core-errors.ts'];

interface PackageErrors {
  readonly name: string;
  readonly file: string;
  readonly specs: Readonly<Record<string, ErrorSpec>>;
}

/** `docs/errors.md` lists exactly the codes of every package, and no code belongs to two. */
export async function errorsDocGate(root: string): Promise<readonly Violation[]> {
  const tables = await errorTables(root);
  const violations: Violation[] = [];
  const owners = new Map<string, string>();
  for (const { name, file, specs } of tables) {
    for (const code of Object.keys(specs)) {
      const owner = owners.get(code);
      if (owner !== undefined) violations.push({ file, line: 1, message: `${code} belongs to ${owner} already` });
      if (!/^RTP_[A-Z0-9_]+$/.test(code)) violations.push({ file, line: 1, message: `${code} is no error code` });
      owners.set(code, name);
    }
  }
  const path = join(root, DOC);
  const written = existsSync(path) ? readFileSync(path, 'utf8') : '';
  if (written !== errorsDoc(tables)) {
    const listed = new Set(written.match(/\bRTP_[A-Z0-9_]+(?=`)/g) ?? []);
    const missing = [...owners.keys()].filter((code) => !listed.has(code));
    const stale = [...listed].filter((code) => !owners.has(code));
    const details = [
      missing.length > 0 ? `missing ${missing.join(', ')}` : '',
      stale.length > 0 ? `stale ${stale.join(', ')}` : '',
    ].filter(Boolean);
    const what = details.length > 0 ? details.join('; ') : 'its words differ from the code';
    violations.push({ file: DOC, line: 1, message: `${what}; run \`node tests/gates/errors-doc.ts --write\`` });
  }
  return violations;
}

/** The document, from the tables. */
export function errorsDoc(tables: readonly PackageErrors[]): string {
  const sections = tables.map(({ name, specs }) => {
    const rows = Object.entries(specs).map(([code, spec]) => [
      `\`${code}\``,
      spec.summary,
      spec.fix,
      String(spec.exitCode ?? 1),
      String(spec.status ?? 500),
    ]);
    return `## ${name}\n\n${markdownTable(['Code', 'What it says', 'What to do', 'Exit code', 'HTTP status'], rows)}`;
  });
  return `# Errors

Every failure that RTP expects has a code. It stands in the message, in the log, in the answers of the APIs and here,
and is never reused for something else. Exit codes: 64 wrong usage, 75 temporary (trying again may help), 77 credentials,
78 configuration or data, 1 anything else.

This page is generated from the code: \`node tests/gates/errors-doc.ts --write\`.

${sections.join('\n')}`;
}

/** Every package's error table, in the packages' order. */
export async function errorTables(root: string): Promise<readonly PackageErrors[]> {
  const tables: PackageErrors[] = [];
  for (const name of packageNames(root)) {
    for (const entry of TABLE_FILES) {
      const file = `packages/${name}/${entry}`;
      if (!existsSync(join(root, file))) continue;
      const module = (await import(pathToFileURL(join(root, file)).href)) as Record<string, unknown>;
      for (const value of Object.values(module)) if (isTable(value)) tables.push({ name, file, specs: value.specs });
    }
  }
  return tables;
}

function isTable(value: unknown): value is { specs: Record<string, ErrorSpec> } {
  return typeof value === 'object' && value !== null && 'specs' in value && 'create' in value;
}

if (import.meta.main && process.argv.includes('--write')) {
  writeFileSync(join(projectRoot, DOC), errorsDoc(await errorTables(projectRoot)));
  console.log(`${DOC} written`);
}
