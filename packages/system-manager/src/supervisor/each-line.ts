import type { Readable } from 'node:stream';

/** Longest line that is handed on; the rest of a longer one is dropped, so that no child can fill the manager's memory. */
export const MAX_LINE_LENGTH = 4_000;

/** Hands on each line of a stream of text; resolves when the stream has ended. */
export function eachLine(stream: Readable, onLine: (line: string) => void): Promise<void> {
  let begun = '';
  let isCut = false;
  const take = (text: string): void => {
    if (begun.length < MAX_LINE_LENGTH) begun += text.slice(0, MAX_LINE_LENGTH - begun.length);
    else isCut ||= text !== '';
  };
  const end = (): void => {
    onLine(begun.endsWith('\r') ? begun.slice(0, -1) : isCut ? `${begun}…` : begun);
    begun = '';
    isCut = false;
  };
  stream.setEncoding('utf8');
  stream.on('data', (chunk: string) => {
    const lines = chunk.split('\n');
    for (const [index, text] of lines.entries()) {
      take(text);
      if (index < lines.length - 1) end();
    }
  });
  stream.on('error', () => {});
  return new Promise((resolve) => {
    stream.once('close', () => {
      if (begun !== '') end();
      resolve();
    });
  });
}
