import { closeSync, fsyncSync, openSync, renameSync, writeSync } from 'node:fs';

/**
 * Replaces a file of mode 0600: written beside it, flushed, renamed, so that a reader or a crash meets the old or the new
 * content, never half of one.
 */
export function replaceFile(file: string, content: Uint8Array): void {
  const draft = `${file}.${process.pid}.tmp`;
  const descriptor = openSync(draft, 'w', 0o600);
  try {
    for (let written = 0; written < content.byteLength; ) written += writeSync(descriptor, content, written);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
  renameSync(draft, file);
}
