import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { endAtCleanUp } from './rtp.ts';

const PROGRAM = fileURLToPath(new URL('./reader.ts', import.meta.url));

export interface ReaderReport {
  readonly queries: number;
  readonly bars: number;
  readonly staleReads: number;
  readonly problems: readonly string[];
}

/** Starts `count` reader processes; `stop` ends them and returns what each saw. */
export function startReaders(
  count: number,
  dataDir: string,
  date: string,
): { stop(): Promise<readonly ReaderReport[]> } {
  const readers = Array.from({ length: count }, () => {
    const child = spawn(process.execPath, [PROGRAM, dataDir, date], { stdio: ['pipe', 'pipe', 'inherit'] });
    endAtCleanUp(child);
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
    const report = new Promise<ReaderReport>((resolve, reject) => {
      child.on('close', (code) => {
        if (code === 0) resolve(JSON.parse(output) as ReaderReport);
        else reject(new Error(`a reader exited with ${code}`));
      });
    });
    report.catch(() => {});
    return { child, report };
  });
  return {
    stop: () => {
      for (const { child } of readers) child.stdin.end();
      return Promise.all(readers.map(({ report }) => report));
    },
  };
}
