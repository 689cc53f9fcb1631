import { closeSync, fstatSync, mkdirSync, openSync, readdirSync, renameSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { wallClockMs } from '../clock/real-time.ts';
import { describeError } from '../errors/rtp-error.ts';
import { addDays, type EpochMs, tradingDateOf } from '../time/ist.ts';
import { removeOlder } from './clean-logs.ts';
import { currentLogFile, rotatedLogFile } from './log-files.ts';

export interface RotatingFileOptions {
  readonly dir: string;
  /** Name of the current file, without its `.log`. */
  readonly name: string;
  readonly maxBytes: number;
  /** Days a rotated file is kept. */
  readonly keepDays: number;
  readonly now?: () => EpochMs;
}

/**
 * An append-only log file: closed ──line──▶ open ──size or date exceeded──▶ closed, renamed ──line──▶ open …
 *
 * The current file always has the plain name, so that `tail -F` follows it; a full one, or one of an earlier IST date,
 * becomes `<name>.<date>.<n>.log`, and those older than `keepDays` are removed. Lines are written at once, so a killed
 * process loses none. A line that cannot be written (disk full, folder gone) is dropped and counted, and the next that
 * can be is preceded by the count: logging never ends a process.
 */
export class RotatingFile {
  private readonly options: RotatingFileOptions;
  private readonly path: string;
  private readonly now: () => EpochMs;
  private fd: number | null = null;
  private bytes = 0;
  private date = '';
  private lost = 0;
  private lostReason = '';

  constructor(options: RotatingFileOptions) {
    this.options = options;
    this.path = currentLogFile(options.dir, options.name);
    this.now = options.now ?? wallClockMs;
  }

  /** Appends `text`, one line with its newline. Never throws. */
  write(text: string): void {
    try {
      const line = Buffer.from(text);
      this.makeRoom(line.length);
      if (this.lost > 0) this.append(Buffer.from(`${this.lostLine()}\n`));
      this.append(line);
      this.lost = 0;
    } catch (error) {
      this.lost += 1;
      this.lostReason = describeError(error);
      this.close();
    }
  }

  /** Lines dropped since the last one that was written. */
  get lostLines(): number {
    return this.lost;
  }

  close(): void {
    const fd = this.fd;
    this.fd = null;
    if (fd === null) return;
    try {
      closeSync(fd);
    } catch {
      // What was written is written.
    }
  }

  private append(line: Buffer): void {
    let written = 0;
    while (written < line.length) written += writeSync(this.fd as number, line, written);
    this.bytes += line.length;
  }

  private makeRoom(lineBytes: number): void {
    const today = tradingDateOf(this.now());
    if (this.fd === null) this.open(today);
    const isFull = this.bytes > 0 && this.bytes + lineBytes > this.options.maxBytes;
    if (!isFull && this.date === today) return;
    if (this.bytes > 0) {
      this.close();
      renameSync(this.path, this.rotatedPath(this.date));
      this.open(today);
    }
    this.date = today;
  }

  private open(today: string): void {
    mkdirSync(this.options.dir, { recursive: true });
    this.fd = openSync(this.path, 'a', 0o640);
    const { size, mtimeMs } = fstatSync(this.fd);
    this.bytes = size;
    this.date = size > 0 ? tradingDateOf(mtimeMs) : today;
    this.prune(today);
  }

  private prune(today: string): void {
    const { dir, name, keepDays } = this.options;
    try {
      removeOlder(dir, name, addDays(today, -keepDays));
    } catch {
      // A file that stays costs space; a line that is not written is lost.
    }
  }

  private rotatedPath(date: string): string {
    const { dir, name } = this.options;
    const taken = new Set(readdirSync(dir));
    for (let number = 1; ; number += 1) {
      const file = rotatedLogFile(name, date, number);
      if (!taken.has(file)) return join(dir, file);
    }
  }

  private lostLine(): string {
    const ts = new Date(this.now()).toISOString();
    const message = 'log lines lost';
    return JSON.stringify({ ts, level: 'warn', message, lines: this.lost, reason: this.lostReason });
  }
}
