import { afterEach, describe, expect, test } from '@jest/globals';
import { packageFiles, places, type TempTree, tempTree } from './lib/temp-tree.ts';
import { wireDocGate } from './wire-doc.ts';

let tree: TempTree | undefined;
afterEach(() => tree?.remove());

const DOC = '# The wire\n\n## 2. Tokens\n\n### 2.1 Life\n\n## 10. Choices\n\nSee §7.\n';

function violationsOf(source: string, doc: string | undefined = DOC) {
  tree = tempTree({ ...packageFiles('dhan', { 'src/a.ts': source }), ...(doc && { 'docs/dhan-wire.md': doc }) });
  return wireDocGate(tree.root);
}

describe('the gate on citations of the wire', () => {
  test('passes citations of chapters and of sections', () => {
    expect(violationsOf('/** One token (wire §2, wire §2.1). */\n// Wire §10: a choice.\n')).toEqual([]);
  });

  test('finds a section that the page lacks, whatever the page says in its text', () => {
    const violations = violationsOf('// wire §2\n// wire §2.2\n// wire §1\n// wire §7\n');
    expect(places(violations)).toEqual([
      'packages/dhan/src/a.ts:2',
      'packages/dhan/src/a.ts:3',
      'packages/dhan/src/a.ts:4',
    ]);
    expect(violations[0]?.message).toBe('wire §2.2 is no section of docs/dhan-wire.md');
  });

  test('finds a section sign that names no page or no section', () => {
    const violations = violationsOf('// Fact (§2.1).\n// reference §2\n// wire § 2\n// wire §2, §2.1\n');
    expect(violations.map(({ message }) => message.split(';')[0])).toEqual([
      '§2.1 cites no page',
      '§2 cites no page',
      'wire § cites no page',
      '§2.1 cites no page',
    ]);
  });

  test('finds every citation when there is no page', () => {
    expect(places(violationsOf('// wire §2\n', ''))).toEqual(['packages/dhan/src/a.ts:1']);
  });
});
