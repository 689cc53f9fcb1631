import { StringDecoder } from 'node:string_decoder';

/** A line that could be wanted. Lines with quotes always pass: a quoted field may go on in the next line. */
const WANTED = /NSE.*(?:EQUITY|INDEX|FUTSTK)|(?:EQUITY|INDEX|FUTSTK).*NSE|"/;

/**
 * Passes the header and the lines that could be wanted. Four of five lines are options: taking them apart field by
 * field costs seconds, passing them over a tenth of one.
 */
export async function* wantedLines(source: AsyncIterable<Buffer | string>): AsyncGenerator<string> {
  const decoder = new StringDecoder('utf8');
  let started = false;
  let rest = '';
  const select = (lines: readonly string[]): string => {
    let kept = '';
    for (const line of lines) {
      if (started ? !WANTED.test(line) : line.trim() === '') continue;
      started = true;
      kept += `${line}\n`;
    }
    return kept;
  };
  for await (const chunk of source) {
    const lines = (rest + (typeof chunk === 'string' ? chunk : decoder.write(chunk))).split('\n');
    rest = lines.pop() ?? '';
    const kept = select(lines);
    if (kept !== '') yield kept;
  }
  const last = select([rest + decoder.end()]);
  if (last !== '') yield last;
}
