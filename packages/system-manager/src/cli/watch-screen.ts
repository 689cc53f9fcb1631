import { realDelay } from '@rtp/core';

/** Where a screen is shown again and again; the part of a terminal's stream that this needs. */
export interface ScreenOutput {
  readonly isTTY?: boolean;
  readonly rows?: number;
  write(text: string): unknown;
}

const CLEAR = '\u001b[2J';
const HOME = '\u001b[H';
const CLEAR_LINE_END = '\u001b[K';
const CLEAR_BELOW = '\u001b[J';

/**
 * Shows what `draw` returns every `intervalMs` real milliseconds until aborted. A terminal is written over in place, a
 * line at a time, so that nothing flickers; anything else gets plain blocks with an empty line between them.
 */
export async function watchScreen(
  draw: () => Promise<readonly string[]>,
  output: ScreenOutput,
  options: { readonly intervalMs: number; readonly signal: AbortSignal; readonly isDumb: boolean },
): Promise<void> {
  const inPlace = output.isTTY === true && !options.isDumb;
  let isFirst = true;
  while (!options.signal.aborted) {
    const lines = await draw();
    if (options.signal.aborted) return;
    if (inPlace) {
      const shown = lines.slice(0, Math.max(1, (output.rows ?? lines.length + 1) - 1));
      const body = shown.map((line) => `${line}${CLEAR_LINE_END}\n`).join('');
      output.write(`${isFirst ? CLEAR : ''}${HOME}${body}${CLEAR_BELOW}`);
    } else {
      output.write(`${isFirst ? '' : '\n'}${lines.join('\n')}\n`);
    }
    isFirst = false;
    await realDelay(options.intervalMs, options.signal).catch(() => {});
  }
}
