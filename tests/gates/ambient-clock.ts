import { importsOf } from './lib/imports.ts';
import { type SourceFile, type SyntaxNode, sourceFiles, type Violation, visit } from './lib/source-files.ts';

/** The one folder that may touch ambient time. */
const CLOCK_FOLDER = 'packages/core/src/clock/';
/** On the offending line: this use of the real clock is meant, and why. */
const ESCAPE = /\/\/ real-clock: \S/;
/** swc's mark of a name that the file does not declare: a global. */
const GLOBAL_CONTEXT = 1;

const BANNED_CALLS = new Set(['setTimeout', 'setInterval', 'Date']);
const BANNED_MEMBERS = new Set(['Date.now', 'performance.now', 'process.hrtime']);
const BANNED_MODULES = new Set(['node:timers', 'node:timers/promises', 'timers', 'timers/promises']);
/** Yields that wait for no time. */
const FREE_TIMERS = new Set(['setImmediate', 'clearImmediate', 'clearTimeout', 'clearInterval']);

/** Nothing outside the clock module reads or waits on ambient time unless the line says why. */
export function ambientClockGate(root: string): readonly Violation[] {
  return sourceFiles(root, ['packages', 'tests', 'bin'])
    .filter((file) => !file.path.startsWith(CLOCK_FOLDER))
    .flatMap((file) => usesOf(file).filter(({ line }) => !ESCAPE.test(file.lines[line - 1] ?? '')));
}

function usesOf(file: SourceFile): readonly Violation[] {
  const uses: Violation[] = [];
  const add = (node: SyntaxNode, what: string): void => {
    const advice = 'use a MarketClock for market time, the real-time functions of @rtp/core for machines';
    uses.push({ file: file.path, line: file.lineOf(node), message: `${what} reads ambient time; ${advice}` });
  };
  visit(file.syntax, (node) => {
    if (node.type === 'NewExpression' && isGlobal(node.callee, 'Date') && isEmpty(node.arguments)) {
      add(node, 'new Date()');
    }
    if (node.type === 'CallExpression') {
      const callee = node.callee as SyntaxNode;
      const name = String(callee.value);
      if (BANNED_CALLS.has(name) && isGlobal(callee, name)) add(node, `${name}()`);
    }
    if (node.type === 'MemberExpression') {
      const path = memberPath(node)?.replace(/^globalThis\./, '');
      if (path !== undefined && (BANNED_MEMBERS.has(path) || isGlobalTimer(node, path))) add(node, path);
    }
    if (node.type === 'ImportDeclaration' && node.typeOnly !== true) {
      const source = String((node.source as SyntaxNode).value);
      if (BANNED_MODULES.has(source) && !importedNames(node).every((name) => FREE_TIMERS.has(name))) add(node, source);
    }
  });
  for (const { specifier, line } of importsOf(file)) {
    if (specifier === 'node:perf_hooks' && /\bperformance\b/.test(file.lines[line - 1] ?? '')) {
      uses.push({ file: file.path, line, message: 'performance of node:perf_hooks reads ambient time' });
    }
  }
  return uses;
}

const isEmpty = (list: unknown): boolean => !Array.isArray(list) || list.length === 0;

function isGlobal(node: unknown, name: string): boolean {
  const { type, value, ctxt } = (node ?? {}) as SyntaxNode;
  return type === 'Identifier' && value === name && ctxt === GLOBAL_CONTEXT;
}

function isGlobalTimer(node: SyntaxNode, path: string): boolean {
  return BANNED_CALLS.has(path) && path !== 'Date' && isGlobal(node.object, 'globalThis');
}

/** `a.b.c` as text when it starts at a global and has no computed step. */
function memberPath(node: SyntaxNode): string | undefined {
  const property = node.property as SyntaxNode;
  if (property.type !== 'Identifier') return undefined;
  const object = node.object as SyntaxNode;
  if (object.type === 'Identifier') {
    return object.ctxt === GLOBAL_CONTEXT ? `${object.value}.${property.value}` : undefined;
  }
  const inner = object.type === 'MemberExpression' ? memberPath(object) : undefined;
  return inner === undefined ? undefined : `${inner}.${property.value}`;
}

function importedNames(node: SyntaxNode): readonly string[] {
  const specifiers = node.specifiers as readonly { imported?: { value: string } | null; local: { value: string } }[];
  return specifiers.map((specifier) => specifier.imported?.value ?? specifier.local.value);
}
