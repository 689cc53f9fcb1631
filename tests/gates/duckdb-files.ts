import { type SourceFile, type SyntaxNode, sourceFiles, type Violation, visit } from './lib/source-files.ts';

/** Functions of `node:fs` that open what they are given. */
const OPENING =
  /^(open|openSync|openAsBlob|readFile|readFileSync|writeFile|writeFileSync|appendFile|appendFileSync|copyFile|copyFileSync|cp|cpSync|createReadStream|createWriteStream|truncate|truncateSync)$/;
/** How a DuckDB file looks in an argument. */
const DUCKDB_PATH = /\.duckdb\b|hotDir|hotFile|hotPath|catalogueFile|duckdbFile/i;
/** On the offending line: this one is safe, and why. */
const ESCAPE = /\/\/ duckdb-file: \S/;

/**
 * No code opens a DuckDB file with `fs`: closing any descriptor of the file drops the engine's lock on it for the whole
 * process (POSIX record locks). Renaming, removing and `stat` open nothing and are free.
 */
export function duckdbFilesGate(root: string): readonly Violation[] {
  return sourceFiles(root, ['packages', 'tests']).flatMap((file) =>
    openings(file).filter(({ line }) => !ESCAPE.test(file.lines[line - 1] ?? '')),
  );
}

function openings(file: SourceFile): readonly Violation[] {
  const found: Violation[] = [];
  visit(file.syntax, (node) => {
    if (node.type !== 'CallExpression') return;
    const name = calledName(node.callee as SyntaxNode);
    if (name === undefined || !OPENING.test(name)) return;
    if (!namesDuckdbFile(node.arguments)) return;
    found.push({ file: file.path, line: file.lineOf(node), message: `${name}() opens a DuckDB file` });
  });
  return found;
}

function calledName(callee: SyntaxNode): string | undefined {
  if (callee.type === 'Identifier') return String(callee.value);
  const property = callee.property as SyntaxNode | undefined;
  return property?.type === 'Identifier' ? String(property.value) : undefined;
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
