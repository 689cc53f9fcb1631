import { statSync } from 'node:fs';

/** Files that take longest, longest first: begun last, one of them would keep one worker busy and the others idle. */
const LONGEST = [
  'sessions/fault-matrix',
  'sessions/kills',
  'system/whole-day',
  'system/other-days',
  'system/indicators',
  'system/bad-input',
  'system/kills',
];

interface TestFile {
  readonly path: string;
}

/** Jest's order of files: those known as the longest, then the larger before the smaller. */
// biome-ignore lint/style/noDefaultExport: Jest reads the default export.
export default class LongestFirst {
  sort<Test extends TestFile>(tests: readonly Test[]): Test[] {
    const rank = ({ path }: TestFile): number => {
      const known = LONGEST.findIndex((name) => path.endsWith(`/tests/${name}.test.ts`));
      return known === -1 ? LONGEST.length : known;
    };
    return tests.toSorted((a, b) => rank(a) - rank(b) || statSync(b.path).size - statSync(a.path).size);
  }

  /** Called by Jest after a run; nothing is remembered, so that every run has the same order. */
  cacheResults(): void {}
}
