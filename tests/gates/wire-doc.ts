import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { sourceFiles, type Violation } from './lib/source-files.ts';

const DOC = 'docs/dhan-wire.md';
const HEADING = /^#{2,} (\d+(?:\.\d+)*)\.? /gm;
/** A citation in full; the word before the sign is missing where its form is wrong. */
const CITATION = /(\bwire )?§(\d+(?:\.\d+)*)?/gi;

/** Every section sign of the code cites a section of `docs/dhan-wire.md`, in the form "wire §7.3". */
export function wireDocGate(root: string): readonly Violation[] {
  const path = join(root, DOC);
  const doc = existsSync(path) ? readFileSync(path, 'utf8') : '';
  const sections = new Set([...doc.matchAll(HEADING)].map(([, number]) => number));
  return sourceFiles(root, ['packages', 'tests'])
    .filter(({ path: file }) => !file.startsWith('tests/gates/'))
    .flatMap((file) =>
      file.lines.flatMap((text, index) =>
        [...text.matchAll(CITATION)].flatMap(([whole, word, section]) => {
          const problem = problemOf(word, section, sections);
          return problem === null ? [] : [{ file: file.path, line: index + 1, message: `${whole} ${problem}` }];
        }),
      ),
    );
}

function problemOf(
  word: string | undefined,
  section: string | undefined,
  sections: ReadonlySet<unknown>,
): string | null {
  if (word === undefined || section === undefined) return 'cites no page; write "wire §7.3"';
  return sections.has(section) ? null : `is no section of ${DOC}`;
}
