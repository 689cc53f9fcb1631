import { appendFileSync } from 'node:fs';
import {
  bootId,
  COMPONENTS,
  type Component,
  type DataPaths,
  describeError,
  redactText,
  replaceFile,
  wallClockMs,
} from '@rtp/core';
import type { RunEnd } from '../supervisor/restart-policy.ts';
import type { Death, LedgerEntry, LedgerMark } from './death-record.ts';
import { readLedger } from './read-ledger.ts';

/** Deaths kept of each component. */
export const MAX_DEATHS = 100;
/** Most characters of stderr kept with a death, from the end. */
const MAX_STDERR_CHARS = 64 * 1_024;
/** Newest deaths of a component that keep all of it when the file is written anew; older ones keep a few lines. */
const WHOLE_STDERR = 5;
const OLD_STDERR_LINES = 5;
/** Lines in the file beyond those kept before it is written anew. */
const MAX_SUPERFLUOUS = 200;

/** What the restart policy has to know of a component's past. */
export interface Account {
  /** Failures of this boot that count, oldest first. */
  readonly failures: readonly RunEnd[];
  /** Why it was given up, or null. */
  readonly givenUp: string | null;
}

/**
 * The deaths of all children of a data directory, over the lives of its managers: JSON lines, mode 0600. A manager that
 * is killed does not reset the counting; one that stops in order does. A ledger that cannot be written is reported and
 * keeps counting in memory.
 */
export class DeathLedger {
  private readonly file: string;
  private readonly report: (problem: string) => void;
  private entries: LedgerEntry[];
  private linesInFile: number;
  private isWritable = true;

  constructor(paths: DataPaths, report: (problem: string) => void) {
    this.file = paths.deathsFile;
    this.report = report;
    const { entries, damaged } = readLedger(this.file);
    this.entries = entries;
    this.linesInFile = entries.length + damaged;
    if (damaged > 0) report(`${damaged} lines of ${this.file} cannot be read and are passed over`);
  }

  /** Deaths kept of a component, oldest first. */
  deathsOf(component: Component): readonly Death[] {
    return this.entries.filter((entry): entry is Death => entry.kind === 'death' && entry.component === component);
  }

  accountOf(component: Component): Account {
    let failures: RunEnd[] = [];
    let givenUp: string | null = null;
    for (const entry of this.entries) {
      if (entry.bootId !== bootId() || (entry.component !== null && entry.component !== component)) continue;
      if (entry.kind === 'forgotten') {
        failures = [];
        givenUp = null;
      } else if (entry.kind === 'given-up') givenUp = entry.reason;
      else if (entry.kind === 'death') failures.push(runEndOf(entry));
    }
    return { failures, givenUp };
  }

  addDeath(death: Omit<Death, 'kind' | 'bootId'>): void {
    this.add({ ...death, kind: 'death', bootId: bootId(), stderr: lastWords(death.stderr) });
  }

  addMark(mark: Omit<LedgerMark, 'bootId'>): void {
    this.add({ ...mark, bootId: bootId() });
  }

  /** The counting begins afresh for every component; the deaths stay on record. */
  forgetAll(reason: string): void {
    if (!this.entries.some((entry) => entry.kind !== 'forgotten')) return;
    this.addMark({ kind: 'forgotten', at: new Date(wallClockMs()).toISOString(), component: null, reason });
  }

  private add(entry: LedgerEntry): void {
    this.entries.push(entry);
    this.entries = kept(this.entries);
    try {
      if (this.linesInFile > this.entries.length + MAX_SUPERFLUOUS) this.rewrite();
      else {
        appendFileSync(this.file, lineOf(entry), { mode: 0o600 });
        this.linesInFile += 1;
      }
      this.isWritable = true;
    } catch (error) {
      if (this.isWritable) this.report(`${this.file} cannot be written: ${describeError(error)}`);
      this.isWritable = false;
    }
  }

  private rewrite(): void {
    this.entries = this.entries.map((entry, index) => withShortStderr(entry, this.entries.slice(index + 1)));
    replaceFile(this.file, Buffer.from(this.entries.map(lineOf).join('')));
    this.linesInFile = this.entries.length;
  }
}

const lineOf = (entry: LedgerEntry): string => `${JSON.stringify(entry)}\n`;

const runEndOf = ({ startedAt, readyAt, endedAt, exitCode, signal, verdict }: Death): RunEnd => ({
  startedAt,
  readyAt,
  endedAt,
  exitCode: verdict === null ? exitCode : null,
  signal,
});

/** The newest deaths of each component, and the marks that still say something about them. */
function kept(entries: LedgerEntry[]): LedgerEntry[] {
  const surplus = new Set<LedgerEntry>();
  for (const component of COMPONENTS) {
    const deaths = entries.filter((entry) => entry.kind === 'death' && entry.component === component);
    for (const entry of deaths.slice(0, -MAX_DEATHS)) surplus.add(entry);
  }
  const lastForAll = entries.findLastIndex((entry) => entry.kind === 'forgotten' && entry.component === null);
  const isOver = (entry: LedgerEntry, index: number): boolean => entry.kind !== 'death' && index < lastForAll;
  if (surplus.size === 0 && lastForAll <= 0) return entries;
  return entries.filter((entry, index) => !surplus.has(entry) && !isOver(entry, index));
}

function withShortStderr(entry: LedgerEntry, later: readonly LedgerEntry[]): LedgerEntry {
  if (entry.kind !== 'death') return entry;
  const newer = later.filter((other) => other.kind === 'death' && other.component === entry.component).length;
  return newer < WHOLE_STDERR ? entry : { ...entry, stderr: entry.stderr.slice(-OLD_STDERR_LINES) };
}

function lastWords(stderr: readonly string[]): string[] {
  const lines: string[] = [];
  let chars = 0;
  for (const line of stderr.toReversed()) {
    chars += line.length;
    if (chars > MAX_STDERR_CHARS) break;
    lines.unshift(redactText(line));
  }
  return lines;
}
