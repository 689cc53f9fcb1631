import { monotonicMs } from '@rtp/core';

/** How far something is, for people: redrawn on a terminal, now and then a line elsewhere. */
export interface ProgressLine {
  show(done: number, total: number, what: string): void;
  /** Leaves the terminal's line empty. */
  end(): void;
}

const BAR_WIDTH = 24;
/** Real ms between two drawings, and between two plain lines. */
const DRAW_MS = 100;
const LINE_MS = 5_000;
/** Before this nothing can be said of when it ends. */
const ESTIMATE_AFTER_MS = 2_000;

type Output = Pick<NodeJS.WriteStream, 'write' | 'isTTY' | 'columns'>;

export function progressLine(output: Output): ProgressLine {
  const begin = monotonicMs();
  let drawn = Number.NEGATIVE_INFINITY;
  let isShown = false;
  const erase = (): string => (isShown ? '\r\x1b[K' : '');
  return {
    show: (done, total, what) => {
      const now = monotonicMs();
      // What is over before the first line would be due needs none.
      if (!output.isTTY && drawn < 0) drawn = begin;
      if (now - drawn < (output.isTTY ? DRAW_MS : LINE_MS)) return;
      drawn = now;
      const part = total === 0 ? 0 : Math.min(1, done / total);
      const figures = `${done} of ${total} ${what}${estimate(now - begin, part)}`;
      if (!output.isTTY) output.write(`${figures}\n`);
      else {
        const filled = Math.round(part * BAR_WIDTH);
        const line = `${'█'.repeat(filled)}${'░'.repeat(BAR_WIDTH - filled)} ${Math.floor(part * 100)}%  ${figures}`;
        output.write(`${erase()}${line.slice(0, (output.columns || 80) - 1)}`);
        isShown = true;
      }
    },
    end: () => {
      if (isShown) output.write(erase());
      isShown = false;
    },
  };
}

function estimate(passedMs: number, part: number): string {
  if (passedMs < ESTIMATE_AFTER_MS || part === 0) return '';
  const seconds = Math.ceil((passedMs / part - passedMs) / 1_000);
  return seconds < 100 ? `, ${seconds} s left` : `, ${Math.ceil(seconds / 60)} min left`;
}
