import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { parseSync } from '@swc/core';

/** A broken house rule and where it is broken. */
export interface Violation {
  /** Relative to the tree's root. */
  readonly file: string;
  readonly line: number;
  readonly message: string;
}

/** A gate reads a tree and says what is wrong with it. */
export type Gate = (root: string) => readonly Violation[] | Promise<readonly Violation[]>;

/** A node of swc's syntax tree. */
export interface SyntaxNode {
  readonly type: string;
  readonly span?: { readonly start: number; readonly end: number };
  readonly [field: string]: unknown;
}

/** A parsed TypeScript file. */
export interface SourceFile {
  /** Relative to the tree's root, with `/`. */
  readonly path: string;
  readonly lines: readonly string[];
  readonly syntax: SyntaxNode;
  /** The line of a node, from 1. */
  lineOf(node: SyntaxNode): number;
}

const SKIPPED = new Set(['node_modules', 'fixtures', 'coverage']);

/** Every `.ts` file below the given folders of `root`, parsed; `.d.ts` files left out. */
export function sourceFiles(root: string, folders: readonly string[]): readonly SourceFile[] {
  return folders.flatMap((folder) => walk(join(root, folder))).map((path) => parseFile(root, path));
}

/** Names of the packages of a tree. */
export function packageNames(root: string): readonly string[] {
  const dir = join(root, 'packages');
  return readdirSync(dir).filter((name) => existsSync(join(dir, name, 'package.json')));
}

/** Visits every node of a syntax tree, parents first. */
export function visit(node: unknown, see: (node: SyntaxNode) => void): void {
  if (Array.isArray(node)) {
    for (const item of node) visit(item, see);
  } else if (typeof node === 'object' && node !== null) {
    if (typeof (node as SyntaxNode).type === 'string') see(node as SyntaxNode);
    for (const inner of Object.values(node)) if (typeof inner === 'object') visit(inner, see);
  }
}

function walk(dir: string): string[] {
  if (!existsSync(dir)) return [];
  return readdirSync(dir, { withFileTypes: true }).flatMap((entry) => {
    const path = join(dir, entry.name);
    if (entry.isDirectory()) return SKIPPED.has(entry.name) ? [] : walk(path);
    return entry.name.endsWith('.ts') && !entry.name.endsWith('.d.ts') ? [path] : [];
  });
}

function parseFile(root: string, path: string): SourceFile {
  const text = readFileSync(path, 'utf8');
  const bytes = Buffer.from(text);
  const lineStarts = [0];
  for (let at = bytes.indexOf(10); at !== -1; at = bytes.indexOf(10, at + 1)) lineStarts.push(at + 1);
  return {
    path: relative(root, path).split(sep).join('/'),
    lines: text.split('\n'),
    syntax: parseSync(text, { syntax: 'typescript', target: 'esnext' }) as unknown as SyntaxNode,
    // swc counts bytes from 1.
    lineOf: (node) => {
      const offset = (node.span?.start ?? 1) - 1;
      const next = lineStarts.findIndex((start) => start > offset);
      return next === -1 ? lineStarts.length : next;
    },
  };
}
