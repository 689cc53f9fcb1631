import { stripVTControlCharacters } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import { atIst } from '@rtp/core';
import { openDisplay } from '../../packages/system-manager/src/demo/demo-display.ts';
import type { DemoView } from '../../packages/system-manager/src/demo/demo-screen.ts';

const view: DemoView = {
  title: '2016-09-30, recorded, 83 symbols',
  now: atIst('2016-09-30', '10:20'),
  speed: 60,
  phase: 'session',
  minutesDone: 64,
  minutesTotal: 375,
  newestMinute: atIst('2016-09-30', '10:18'),
  ageMs: 67_000,
  bars: 5_268,
  absences: 0,
  unknown: 44,
  due: 5_312,
  expected: 31_125,
  source: 'feed',
  corrections: 0,
  sweepDone: 0,
  sweepTotal: 0,
  sealToQueryable: { p50: 14, p99: 84 },
  publishP99Ms: 42,
  components: [{ name: 'store', state: 'ready', pssBytes: 115e6 }],
  notices: [],
};

const URL_LINE = `  curl 'http://127.0.0.1:40000/data/RELIANCE?timeframe=5T&start_date=2016-09-30'`;

/** A terminal that remembers what was written to it at each drawing. */
function terminal(columns: number, rows: number): { readonly drawings: string[]; readonly draw: () => void } {
  const drawings: string[] = [];
  const write = (text: string): boolean => drawings.push(text) > 0;
  const display = openDisplay({ write, isTTY: true, columns, rows } as unknown as NodeJS.WriteStream, [URL_LINE]);
  return { drawings, draw: () => display.show(view) };
}

/** Rows that a drawing scrolls down on a terminal, and rows that it goes up first. */
function movement(drawing: string, columns: number): { readonly up: number; readonly down: number } {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the cursor is moved by a control sequence.
  const up = Number(/\x1b\[(\d+)F/.exec(drawing)?.[1] ?? 0);
  const lines = stripVTControlCharacters(drawing).split('\n').slice(0, -1);
  return { up, down: lines.reduce((sum, line) => sum + Math.max(1, Math.ceil(line.length / columns)), 0) };
}

describe('the live screen', () => {
  test.each([
    [80, 24],
    [40, 40],
    [60, 12],
    [200, 8],
  ])('on %i columns and %i rows is drawn over its former self and never scrolls', (columns, rows) => {
    const { drawings, draw } = terminal(columns, rows);
    draw();
    draw();
    const [first = '', second = ''] = drawings.slice(-2);
    expect(movement(second, columns).up).toBe(movement(first, columns).down);
    expect(movement(second, columns).down).toBeLessThan(rows);
  });

  test('cuts figures at the width, and no address', () => {
    const { drawings, draw } = terminal(60, 40);
    draw();
    const lines = stripVTControlCharacters(drawings.at(-1) ?? '').split('\n');
    expect(lines).toContain(URL_LINE);
    expect(lines.find((line) => line.startsWith('lag'))).toMatch(/…$/);
  });
});
