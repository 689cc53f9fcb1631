import { type SourceFile, type SyntaxNode, visit } from './source-files.ts';

/** One import, re-export or dynamic import of a file. */
export interface ImportEdge {
  readonly specifier: string;
  readonly line: number;
  /** Erased before the program runs. */
  readonly isTypeOnly: boolean;
}

/** Every module a file names, in order. A dynamic import of a computed name is not listed. */
export function importsOf(file: SourceFile): readonly ImportEdge[] {
  const edges: ImportEdge[] = [];
  const add = (node: SyntaxNode, specifier: unknown, isTypeOnly: boolean): void => {
    if (typeof specifier === 'string') edges.push({ specifier, line: file.lineOf(node), isTypeOnly });
  };
  visit(file.syntax, (node) => {
    switch (node.type) {
      case 'ImportDeclaration':
      case 'ExportNamedDeclaration':
      case 'ExportAllDeclaration':
        add(node, literal(node.source), isErased(node));
        break;
      case 'TsImportType':
        add(node, literal(node.argument), true);
        break;
      case 'CallExpression':
        if ((node.callee as SyntaxNode).type === 'Import') {
          const first = (node.arguments as readonly { readonly expression: SyntaxNode }[])[0];
          add(node, literal(first?.expression), false);
        }
        break;
    }
  });
  return edges;
}

function literal(node: unknown): unknown {
  const { type, value } = (node ?? {}) as { type?: string; value?: unknown };
  return type === 'StringLiteral' ? value : undefined;
}

/** `import type`, or an import whose every name is a type. */
function isErased(node: SyntaxNode): boolean {
  if (node.typeOnly === true) return true;
  const specifiers = (node.specifiers ?? []) as readonly { readonly isTypeOnly?: boolean }[];
  return specifiers.length > 0 && specifiers.every((specifier) => specifier.isTypeOnly === true);
}
