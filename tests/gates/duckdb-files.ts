import {
  packageNames,
  type SourceFile,
  type SyntaxNode,
  sourceFiles,
  type Violation,
  visit,
} from './lib/source-files.ts';

/** Functions of `node:fs` that open what they are given. */
const OPENING =
  /^(open|openSync|openAsBlob|readFile|readFileSync|writeFile|writeFileSync|appendFile|appendFileSync|copyFile|copyFileSync|cp|cpSync|createReadStream|createWriteStream|truncate|truncateSync)$/;
/** How a DuckDB file looks in an argument. */
const DUCKDB_PATH = /\.duckdb\b|hotDir|hotFile|hotPath|catalogueFile|duckdbFile/i;
const FS_MODULES = /^(node:)?fs(\/promises)?$/;
/** On the offending line: this one is safe, and why. */
const ESCAPE = /\/\/ duckdb-file: \S/;

/**
 * No code opens a DuckDB file with `fs`: closing any descriptor of the file drops the engine's lock on it for the whole
 * process (POSIX record locks). Renaming, removing and `stat` open nothing and are free.
 */
export function duckdbFilesGate(root: string): readonly Violation[] {
  return [...fileViolations(root), ...instanceViolations(root)];
}

function fileViolations(root: string): readonly Violation[] {
  return sourceFiles(root, ['packages', 'tests']).flatMap((file) =>
    openings(file).filter(({ line }) => !ESCAPE.test(file.lines[line - 1] ?? '')),
  );
}

/** A package makes its DuckDB instance in one place, so that a process has one. */
function instanceViolations(root: string): readonly Violation[] {
  return packageNames(root).flatMap((name) => {
    const places = sourceFiles(root, [`packages/${name}/src`]).flatMap((file) =>
      instancesMade(file).map((line) => ({ file: file.path, line })),
    );
    const message = `${name} makes a DuckDB instance in another place already`;
    return places.slice(1).map((place) => ({ ...place, message }));
  });
}

function instancesMade(file: SourceFile): readonly number[] {
  const lines: number[] = [];
  visit(file.syntax, (node) => {
    if (node.type !== 'MemberExpression') return;
    const object = node.object as SyntaxNode;
    const property = node.property as SyntaxNode;
    const isMade = object.value === 'DuckDBInstance' && /^(create|fromCache)$/.test(String(property.value));
    if (isMade) lines.push(file.lineOf(node));
  });
  return lines;
}

function openings(file: SourceFile): readonly Violation[] {
  const { functions, namespaces } = fsNames(file);
  const found: Violation[] = [];
  visit(file.syntax, (node) => {
    if (node.type !== 'CallExpression') return;
    const name = calledName(node.callee as SyntaxNode, functions, namespaces);
    if (name === undefined || !OPENING.test(name)) return;
    if (!namesDuckdbFile(node.arguments)) return;
    found.push({ file: file.path, line: file.lineOf(node), message: `${name}() opens a DuckDB file` });
  });
  return found;
}

/** What a file calls the functions and the modules of `node:fs`: local name to real name, and namespaces. */
function fsNames(file: SourceFile): { functions: ReadonlyMap<string, string>; namespaces: ReadonlySet<string> } {
  const functions = new Map<string, string>();
  const namespaces = new Set<string>();
  visit(file.syntax, (node) => {
    if (node.type !== 'ImportDeclaration' || !FS_MODULES.test(String((node.source as SyntaxNode).value))) return;
    for (const specifier of node.specifiers as readonly FsSpecifier[]) {
      const real = specifier.imported?.value ?? specifier.local.value;
      if (specifier.type !== 'ImportSpecifier' || real === 'promises') namespaces.add(specifier.local.value);
      else functions.set(specifier.local.value, real);
    }
  });
  return { functions, namespaces };
}

interface FsSpecifier {
  readonly type: string;
  readonly local: { readonly value: string };
  readonly imported?: { readonly value: string } | null;
}

/** The `node:fs` function that a call reaches, if any: `readFile`, `fs.readFile`, `fs.promises.readFile`. */
function calledName(
  callee: SyntaxNode,
  functions: ReadonlyMap<string, string>,
  namespaces: ReadonlySet<string>,
): string | undefined {
  if (callee.type === 'Identifier') return functions.get(String(callee.value));
  if (callee.type !== 'MemberExpression') return undefined;
  let object = callee.object as SyntaxNode;
  while (object.type === 'MemberExpression') object = object.object as SyntaxNode;
  const property = callee.property as SyntaxNode;
  return namespaces.has(String(object.value)) && property.type === 'Identifier' ? String(property.value) : undefined;
}

/** Whether any name or text in the arguments looks like a DuckDB file. */
function namesDuckdbFile(callArguments: unknown): boolean {
  let found = false;
  visit(callArguments, (node) => {
    const text = node.value ?? node.raw ?? node.cooked;
    if (typeof text === 'string' && DUCKDB_PATH.test(text)) found = true;
  });
  return found;
}
