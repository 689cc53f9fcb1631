/**
 * States of the indicators on disk, one file a date: u32 little-endian length of the header, the header (JSON, padded
 * with spaces to a multiple of 8), instrument numbers (u32, padded to a multiple of 8), states (f64, little-endian),
 * SHA-256 of all before. Everything in it can be computed again: a file that is not entirely right counts as none.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { open, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { DataPaths, TradingDate } from '@rtp/core';
import { z } from 'zod';
import { engineKind, SeriesStates } from './series-states.ts';

const LENGTH_BYTES = 4;
const ALIGNMENT = 8;
const CHECKSUM_BYTES = 32;
const VERSION = 1;

const headerSchema = z.strictObject({
  version: z.literal(VERSION),
  /** Build of the indicators. */
  fingerprint: z.string(),
  stride: z.int().min(1),
  /** The last date whose bars are in the states. */
  after: z.string(),
  /** Mark of that date: of all bars up to it. */
  mark: z.string().min(1),
  instruments: z.int().min(0),
});

/** What a file must be of. */
export interface StateKey {
  readonly after: TradingDate;
  readonly mark: string;
}

/** Folder of the files. */
export const statesDir = (paths: DataPaths): string => join(paths.hotDir, 'indicator-states');

/** The name finds a file; what is in it decides. */
const fileOf = (paths: DataPaths, { after, mark }: StateKey): string =>
  join(statesDir(paths), `after-${after}-${mark}.bin`);

/** Keys that have a file, by date. */
export function listStates(paths: DataPaths): StateKey[] {
  if (!existsSync(statesDir(paths))) return [];
  return readdirSync(statesDir(paths))
    .sort()
    .flatMap((name) => {
      const [, after, mark] = /^after-(\d{4}-\d{2}-\d{2})-([0-9a-f]+)\.bin$/.exec(name) ?? [];
      return after === undefined || mark === undefined ? [] : [{ after, mark }];
    });
}

/** The states, or null when there are none of exactly that date, mark and build. */
export function readStates(paths: DataPaths, key: StateKey): SeriesStates | null {
  try {
    return decode(readFileSync(fileOf(paths, key)), key);
  } catch {
    return null;
  }
}

/** Writes the file of a date and mark. */
export async function writeStates(paths: DataPaths, key: StateKey, states: SeriesStates): Promise<void> {
  const file = fileOf(paths, key);
  mkdirSync(dirname(file), { recursive: true });
  const handle = await open(`${file}.new`, 'w');
  try {
    await handle.writeFile(encode(key, states));
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(`${file}.new`, file);
}

export function removeStates(paths: DataPaths, key: StateKey): void {
  rmSync(fileOf(paths, key), { force: true });
}

const padded = (bytes: number): number => Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;

function encode({ after, mark }: StateKey, states: SeriesStates): Uint8Array {
  const { fingerprint, stride } = engineKind();
  const { instrumentIds, values } = states;
  const header = { version: VERSION, fingerprint, stride, after, mark, instruments: instrumentIds.length };
  const text = Buffer.from(JSON.stringify(header));
  const idsAt = padded(LENGTH_BYTES + text.byteLength);
  const valuesAt = idsAt + padded(instrumentIds.byteLength);
  const end = valuesAt + values.byteLength;
  const body = Buffer.alloc(end + CHECKSUM_BYTES, ' ');
  body.writeUInt32LE(idsAt - LENGTH_BYTES, 0);
  body.set(text, LENGTH_BYTES);
  body.set(new Uint8Array(instrumentIds.buffer, instrumentIds.byteOffset, instrumentIds.byteLength), idsAt);
  body.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), valuesAt);
  body.set(checksum(body.subarray(0, end)), end);
  return body;
}

function decode(body: Buffer, key: StateKey): SeriesStates | null {
  const end = body.byteLength - CHECKSUM_BYTES;
  if (!checksum(body.subarray(0, end)).equals(body.subarray(end))) return null;
  const idsAt = LENGTH_BYTES + body.readUInt32LE(0);
  const header = headerSchema.parse(JSON.parse(body.subarray(LENGTH_BYTES, idsAt).toString('utf8')));
  const { fingerprint, stride } = engineKind();
  const isOurs = header.fingerprint === fingerprint && header.stride === stride;
  if (!isOurs || header.after !== key.after || header.mark !== key.mark) return null;
  const idBytes = header.instruments * Uint32Array.BYTES_PER_ELEMENT;
  const valuesAt = idsAt + padded(idBytes);
  if (valuesAt + header.instruments * stride * Float64Array.BYTES_PER_ELEMENT !== end) return null;
  // Copies are aligned, which parts of the file's buffer need not be.
  const ids = new Uint32Array(new Uint8Array(body.subarray(idsAt, idsAt + idBytes)).buffer);
  return new SeriesStates(ids, new Float64Array(new Uint8Array(body.subarray(valuesAt, end)).buffer));
}

const checksum = (bytes: Uint8Array): Buffer => createHash('sha256').update(bytes).digest();
