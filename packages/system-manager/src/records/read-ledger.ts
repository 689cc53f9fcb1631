import { readFileSync } from 'node:fs';
import { deathSchema, type LedgerEntry, markSchema } from './death-record.ts';

export interface ReadLedger {
  /** Oldest first. */
  readonly entries: LedgerEntry[];
  /** Lines that are neither deaths nor marks: a power cut, a full disk, a stranger's hand. */
  readonly damaged: number;
}

/** Reads a ledger of deaths; empty where there is none. */
export function readLedger(file: string): ReadLedger {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    return { entries: [], damaged: 0 };
  }
  const lines = text.split('\n').filter((line) => line !== '');
  const entries = lines.flatMap(entryOf);
  return { entries, damaged: lines.length - entries.length };
}

function entryOf(line: string): LedgerEntry[] {
  try {
    const value: unknown = JSON.parse(line);
    const death = deathSchema.safeParse(value);
    return death.success ? [death.data] : [markSchema.parse(value)];
  } catch {
    return [];
  }
}
