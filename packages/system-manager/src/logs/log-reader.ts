/**
 * Reads one process's log: its newest lines, then what is added.
 *
 *   absent ──the file appears──▶ open ──another file under its name──▶ (rest of the old one, files rotated since) ──▶ open
 *                                 └──shorter than what was read──▶ read again from its beginning
 *
 * The open file is known by its inode, so that a renamed one is read to its end before the next is begun.
 */
import { closeSync, fstatSync, openSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { currentLogFile, rotatedLogs } from '@rtp/core';
import { type LogEntry, readEntry } from './log-entry.ts';
import { linesBackward, linesOfFile } from './newest-lines.ts';

const CHUNK_BYTES = 65_536;

export class LogReader {
  private readonly logsDir: string;
  private readonly name: string;
  private fd: number | null = null;
  private inode = 0;
  private offset = 0;
  private partial: Buffer = Buffer.alloc(0);
  private lastAt = 0;

  /** @param name base name of the log, without `.log` */
  constructor(logsDir: string, name: string) {
    this.logsDir = logsDir;
    this.name = name;
    this.open();
    if (this.fd !== null) this.offset = wholeLinesEnd(this.fd, fstatSync(this.fd).size);
  }

  /** The newest `most` lines so far that `fits` takes, oldest first. */
  newest(most: number, fits: (entry: LogEntry) => boolean): readonly LogEntry[] {
    const found: LogEntry[] = [];
    if (most === 0) return found;
    for (const text of this.allBackward()) {
      const entry = readEntry(text, 0);
      if (fits(entry) && found.push(entry) >= most) break;
    }
    let before = 0;
    return found.reverse().map((entry) => {
      const dated = entry.at === 0 ? { ...entry, at: before } : entry;
      before = dated.at;
      return dated;
    });
  }

  /** The lines that were added since the last call, oldest first. */
  added(): readonly LogEntry[] {
    const entries: LogEntry[] = [];
    if (this.fd !== null) this.drain(entries);
    const current = statSync(currentLogFile(this.logsDir, this.name), { throwIfNoEntry: false });
    if (current === undefined || (this.fd !== null && current.ino === this.inode)) return entries;
    if (this.fd !== null) {
      // What was written between the last reading and the renaming.
      this.drain(entries);
      for (const path of this.rotatedSince(this.inode)) {
        for (const text of [...linesOfFile(path, sizeOf)].reverse()) this.push(entries, text);
      }
    }
    this.close();
    this.open();
    if (this.fd !== null) this.drain(entries);
    return entries;
  }

  close(): void {
    if (this.fd !== null) closeSync(this.fd);
    this.fd = null;
    this.offset = 0;
    this.partial = Buffer.alloc(0);
  }

  private open(): void {
    try {
      this.fd = openSync(currentLogFile(this.logsDir, this.name), 'r');
      this.inode = fstatSync(this.fd).ino;
    } catch {
      this.fd = null;
    }
  }

  private *allBackward(): Generator<string> {
    if (this.fd !== null) yield* linesBackward(this.fd, this.offset);
    for (const { file } of rotatedLogs(this.logsDir, this.name).toReversed()) {
      const path = join(this.logsDir, file);
      const isOpen = this.fd !== null && inodeOf(path) === this.inode;
      if (!isOpen) yield* linesOfFile(path, sizeOf);
    }
  }

  /** Files that were rotated after the one with that inode. */
  private rotatedSince(inode: number): readonly string[] {
    const paths = rotatedLogs(this.logsDir, this.name).map(({ file }) => join(this.logsDir, file));
    const place = paths.findIndex((path) => inodeOf(path) === inode);
    return place < 0 ? [] : paths.slice(place + 1);
  }

  private drain(entries: LogEntry[]): void {
    const fd = this.fd as number;
    if (fstatSync(fd).size < this.offset) {
      this.offset = 0;
      this.partial = Buffer.alloc(0);
    }
    const chunk = Buffer.alloc(CHUNK_BYTES);
    for (let read = readSync(fd, chunk, 0, CHUNK_BYTES, this.offset); read > 0; ) {
      this.offset += read;
      const content = Buffer.concat([this.partial, chunk.subarray(0, read)]);
      const end = content.lastIndexOf(10) + 1;
      this.partial = content.subarray(end);
      for (const text of content.toString('utf8', 0, end).split('\n')) if (text !== '') this.push(entries, text);
      read = readSync(fd, chunk, 0, CHUNK_BYTES, this.offset);
    }
  }

  private push(entries: LogEntry[], text: string): void {
    const entry = readEntry(text, this.lastAt);
    this.lastAt = entry.at;
    entries.push(entry);
  }
}

const sizeOf = (fd: number): number => fstatSync(fd).size;

const inodeOf = (path: string): number | undefined => statSync(path, { throwIfNoEntry: false })?.ino;

/** Where the last whole line ends within the first `bytes` bytes. */
function wholeLinesEnd(fd: number, bytes: number): number {
  const chunk = Buffer.alloc(Math.min(CHUNK_BYTES, bytes));
  for (let end = bytes; end > 0; end -= chunk.length) {
    const from = Math.max(0, end - chunk.length);
    const read = readSync(fd, chunk, 0, end - from, from);
    const cut = chunk.subarray(0, read).lastIndexOf(10);
    if (cut >= 0) return from + cut + 1;
  }
  return 0;
}
