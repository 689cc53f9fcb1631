import { closeSync, openSync, readSync } from 'node:fs';

/** Bytes read at a time, from the end. */
const CHUNK_BYTES = 65_536;
const NEWLINE = 10;

/** The whole lines of the first `bytes` bytes of an open file, the newest first. A last one without a newline is left out. */
export function* linesBackward(fd: number, bytes: number): Generator<string> {
  let end = bytes;
  let tail: Buffer = Buffer.alloc(0);
  let isFirst = true;
  while (end > 0) {
    const length = Math.min(CHUNK_BYTES, end);
    const chunk = Buffer.alloc(length);
    const read = readSync(fd, chunk, 0, length, end - length);
    end -= length;
    let rest = Buffer.concat([chunk.subarray(0, read), tail]);
    for (let cut = rest.lastIndexOf(NEWLINE); cut >= 0; cut = rest.lastIndexOf(NEWLINE)) {
      const line = rest.toString('utf8', cut + 1);
      if (!isFirst && line !== '') yield line;
      isFirst = false;
      rest = rest.subarray(0, cut);
    }
    tail = rest;
  }
  if (!isFirst && tail.length > 0) yield tail.toString('utf8');
}

/** The lines of a whole file, the newest first; none where there is no such file any more. */
export function* linesOfFile(path: string, sizeOf: (fd: number) => number): Generator<string> {
  let fd: number;
  try {
    fd = openSync(path, 'r');
  } catch {
    return;
  }
  try {
    yield* linesBackward(fd, sizeOf(fd));
  } finally {
    closeSync(fd);
  }
}
