import type { DemoView } from './demo-screen.ts';
import { plainLine, rowsOf, screenLines } from './demo-screen.ts';

/** Where the demo shows itself: redrawn on a terminal, a line per step elsewhere. */
export interface DemoDisplay {
  show(view: DemoView): void;
  /** A line that stays. */
  say(text: string): void;
  close(): void;
}

type Output = Pick<NodeJS.WriteStream, 'write' | 'isTTY' | 'columns' | 'rows'>;

const HIDE_CURSOR = '\x1b[?25l';
const SHOW_CURSOR = '\x1b[?25h';
const CLEAR_BELOW = '\x1b[J';

/** A live screen when `output` is a terminal, else a plain line each time the day has moved on. */
export function openDisplay(output: Output, where: readonly string[]): DemoDisplay {
  return output.isTTY ? liveScreen(output, where) : plainLines(output, where);
}

function liveScreen(output: Output, where: readonly string[]): DemoDisplay {
  let height = 0;
  output.write(HIDE_CURSOR);
  const erase = (): string => (height === 0 ? '' : `\x1b[${height}F${CLEAR_BELOW}`);
  return {
    show: (view) => {
      // A terminal that does not tell its size says 0.
      const columns = output.columns || 80;
      const rowLimit = output.rows || Number.POSITIVE_INFINITY;
      let text = erase();
      height = 0;
      for (const line of screenLines(view, where, columns)) {
        const rows = rowsOf(line, columns);
        // What does not fit would scroll away and could not be redrawn. The cursor takes the last row.
        if (height + rows >= rowLimit) break;
        text += `${line}\n`;
        height += rows;
      }
      output.write(text);
    },
    say: (text) => {
      output.write(`${erase()}${text}\n`);
      height = 0;
    },
    close: () => void output.write(SHOW_CURSOR),
  };
}

function plainLines(output: Output, where: readonly string[]): DemoDisplay {
  let last = '';
  for (const line of where) output.write(`${line}\n`);
  return {
    show: (view) => {
      const step = `${view.phase} ${view.newestMinute} ${view.sweepDone}`;
      if (step === last) return;
      last = step;
      output.write(`${plainLine(view)}\n`);
    },
    say: (text) => void output.write(`${text}\n`),
    close: () => {},
  };
}
