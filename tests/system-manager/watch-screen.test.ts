import { describe, expect, test } from '@jest/globals';
import { watchScreen } from '../../packages/system-manager/src/cli/watch-screen.ts';

const ESCAPE = '\u001b[';

/** Watches screens with the lines of `screens`, one after the other, until they are used up; what was written. */
async function written(
  screens: readonly (readonly string[])[],
  terminal: { readonly isTTY?: boolean; readonly rows?: number; readonly isDumb?: boolean },
): Promise<readonly string[]> {
  const writes: string[] = [];
  const interrupted = new AbortController();
  let drawn = 0;
  const draw = (): Promise<readonly string[]> => Promise.resolve(screens[drawn++] ?? []);
  const output = {
    ...terminal,
    write: (text: string): void => {
      writes.push(text);
      if (writes.length === screens.length) interrupted.abort();
    },
  };
  const { isDumb = false } = terminal;
  await watchScreen(draw, output, { intervalMs: 1, signal: interrupted.signal, isDumb });
  return writes;
}

describe('a watched screen', () => {
  test('is written over in place on a terminal, with one write a screen', async () => {
    const [first = '', second = '', ...more] = await written([['one', 'two'], ['three']], { isTTY: true, rows: 24 });
    expect(first).toBe(`${ESCAPE}2J${ESCAPE}Hone${ESCAPE}K\ntwo${ESCAPE}K\n${ESCAPE}J`);
    expect(second).toBe(`${ESCAPE}Hthree${ESCAPE}K\n${ESCAPE}J`);
    expect(more).toEqual([]);
  });

  test('does not scroll a terminal that is too low for it', async () => {
    const [text = ''] = await written([['one', 'two', 'three']], { isTTY: true, rows: 3 });
    expect(text).toContain('two');
    expect(text).not.toContain('three');
  });

  test.each([
    ['piped', {}],
    ['on a dumb terminal', { isTTY: true, isDumb: true }],
  ])('is plain blocks with an empty line between them when %s', async (_where, terminal) => {
    expect(await written([['one', 'two'], ['three']], terminal)).toEqual(['one\ntwo\n', '\nthree\n']);
  });

  test('ends at once when interrupted between two screens', async () => {
    const interrupted = new AbortController();
    const watched = watchScreen(
      () => Promise.resolve(['one']),
      { write: () => interrupted.abort() },
      {
        intervalMs: 3_600_000,
        signal: interrupted.signal,
        isDumb: false,
      },
    );
    await expect(watched).resolves.toBeUndefined();
  });
});
