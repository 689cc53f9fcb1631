import { mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { monitorErrors } from './errors.ts';

const NEWLINE = 0x0a;

/**
 * Appends one line in one write. What a killed writer or a full disk left unfinished stays as it is, and the new line
 * begins after it. Errors: RTP_METRICS_UNWRITABLE.
 */
export async function appendLine(path: string, line: string): Promise<void> {
  try {
    await mkdir(dirname(path), { recursive: true });
    const file = await open(path, 'a+');
    try {
      const { size } = await file.stat();
      const bytes = Buffer.from(`${(await endsInLine(file, size)) ? '' : '\n'}${line}\n`);
      const { bytesWritten } = await file.write(bytes);
      if (bytesWritten < bytes.length) throw new Error(`only ${bytesWritten} of ${bytes.length} bytes were written`);
    } finally {
      await file.close();
    }
  } catch (cause) {
    throw monitorErrors.create('RTP_METRICS_UNWRITABLE', `${path} cannot be written.`, { cause });
  }
}

async function endsInLine(file: Awaited<ReturnType<typeof open>>, size: number): Promise<boolean> {
  if (size === 0) return true;
  const last = Buffer.alloc(1);
  await file.read(last, 0, 1, size - 1);
  return last[0] === NEWLINE;
}
