import { monotonicMs } from '@rtp/core';

/** How far something is, for people: redrawn on a terminal, now and then a line elsewhere. */
export interface ProgressLine {
  /** `left` says when it ends; without it, that is estimated from the time passed. */
  show(done: number, total: number, what: string, left?: string): void;
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
    show: (done, total, what, left) => {
      const now = monotonicMs();
      // What is over before the first line would be due needs none.
      if (!output.isTTY && drawn < 0) drawn = begin;
      if (now - drawn < (output.isTTY ? DRAW_MS : LINE_MS)) return;
      drawn = now;
      const part = total === 0 ? 0 : Math.min(1, done / total);
      const figures = `${done} of ${total} ${what}${left ?? estimate(now - begin, part)}`;
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
  return `, ${timeLeft(passedMs / part - passedMs)}`;
}

/** How long it will take, in the largest unit that says enough. */
export function timeLeft(realMs: number): string {
  const seconds = Math.max(0, Math.ceil(realMs / 1_000));
  if (seconds < 100) return `${seconds} s left`;
  const minutes = Math.ceil(seconds / 60);
  return minutes < 100 ? `${minutes} min left` : `${Math.ceil(minutes / 60)} h left`;
}
