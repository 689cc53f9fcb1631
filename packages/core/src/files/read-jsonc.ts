import { readFileSync } from 'node:fs';
import { type ParseError, parse, printParseErrorCode } from 'jsonc-parser';

/** Why a JSON-with-comments file could not be read, in words that name the place. */
export class JsoncProblem extends Error {
  override readonly name = 'JsoncProblem';
}

/** Reads JSON with comments and trailing commas. Throws JsoncProblem with line and column, or the file system's error. */
export function readJsonc(file: string): unknown {
  return parseJsonc(readFileSync(file, 'utf8'));
}

/** Parses JSON with comments and trailing commas. Throws JsoncProblem with line and column. */
export function parseJsonc(text: string): unknown {
  const errors: ParseError[] = [];
  const value: unknown = parse(text, errors, { allowTrailingComma: true });
  const first = errors[0];
  if (first !== undefined) {
    const { line, column } = placeOf(text, first.offset);
    const what = printParseErrorCode(first.error)
      .replaceAll(/([a-z])([A-Z])/g, '$1 $2')
      .toLowerCase();
    throw new JsoncProblem(`line ${line}, column ${column}: ${what}`);
  }
  return value;
}

function placeOf(text: string, offset: number): { line: number; column: number } {
  const before = text.slice(0, offset);
  const lineStart = before.lastIndexOf('\n') + 1;
  return { line: before.split('\n').length, column: offset - lineStart + 1 };
}
