/**
 * Answers to a backfill's calls, on disk until their dates are delivered: `spool/<job>/<from>_<to>/<instrument>.candles`, one
 * file a call. A file is replaced as a whole, so that a crash at any moment leaves finished calls only; one that is damaged
 * nevertheless is removed when it is read, and asked for again.
 *
 *   "RTPS" │ length of the header (uint32) │ header (JSON: where each date's candles are, and the rest of the answer) │ candles
 *
 * The header and the candles of each date, as columns, are compressed on their own, with a checksum each: one date of one
 * instrument is read without the rest, and no more than that is ever in memory. 375 minutes take about 5 kB.
 */
import { closeSync, existsSync, fstatSync, mkdirSync, openSync, readdirSync, readSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import {
  describeError,
  type InstrumentListing,
  MINUTE_MS,
  RtpError,
  replaceFile,
  type TradingDate,
  tradingDateOf,
} from '@rtp/core';
import type { Candles } from '@rtp/dhan';
import { z } from 'zod';
import { pipelineErrors } from '../errors.ts';

/** Dates that one call asks for. */
export interface CallWindow {
  readonly from: TradingDate;
  readonly to: TradingDate;
}

/** What the daily candles of an instrument say about dates on which it has no minutes. */
export interface DailyTrace {
  /** The first date it ever traded; null when it never has. */
  readonly listedFrom: TradingDate | null;
  /** Dates of the window with volume. */
  readonly traded: readonly TradingDate[];
}

/** The finished calls of one instrument and window. */
export interface SpooledAnswer {
  readonly candles: Candles;
  /** Null when there was no reason to ask. */
  readonly daily: DailyTrace | null;
}

const MAGIC = Buffer.from('RTPS');
const PREAMBLE_BYTES = MAGIC.byteLength + 4;
const PRICES = ['open', 'high', 'low', 'close'] as const;
/** Minute since 1970 as uint32; four prices and the volume as float64. */
const BYTES_A_CANDLE = 4 + 8 * (PRICES.length + 1);

const headerSchema = z.object({
  days: z.array(z.object({ date: z.string(), offset: z.int().min(0), bytes: z.int().min(0), candles: z.int().min(0) })),
  impossible: z.array(z.number()),
  daily: z.object({ listedFrom: z.string().nullable(), traded: z.array(z.string()) }).nullable(),
});
type Header = z.infer<typeof headerSchema>;

/** Removes what backfills have gathered, all but that of the job `kept`. */
export function dropSpools(jobsDir: string, kept: string | null): void {
  const root = spoolsIn(jobsDir);
  if (!existsSync(root)) return;
  for (const name of readdirSync(root)) {
    if (name !== kept) rmSync(join(root, name), { recursive: true, force: true });
  }
}

const spoolsIn = (jobsDir: string): string => join(jobsDir, 'spool');

export class CandleSpool {
  private readonly dir: string;

  constructor(jobsDir: string, jobId: string) {
    this.dir = join(spoolsIn(jobsDir), jobId);
  }

  /** Whether the answer of an instrument is there. One whose header is damaged is removed; its candles are not looked at. */
  has(window: CallWindow, listing: InstrumentListing): boolean {
    try {
      return this.read(window, listing, () => true) ?? false;
    } catch (error) {
      if (error instanceof RtpError) return false;
      throw error;
    }
  }

  write(window: CallWindow, listing: InstrumentListing, { candles, daily }: SpooledAnswer): void {
    const days: Header['days'] = [];
    const parts: Buffer[] = [];
    let offset = 0;
    for (const [date, first, end] of datesOf(candles)) {
      const packed = compress(pack(candles, first, end));
      days.push({ date, offset, bytes: packed.byteLength, candles: end - first });
      parts.push(packed);
      offset += packed.byteLength;
    }
    const impossible = (candles.impossible ?? []).filter(Number.isFinite);
    const header = compress(Buffer.from(JSON.stringify({ days, impossible, daily })));
    const preamble = Buffer.alloc(PREAMBLE_BYTES);
    MAGIC.copy(preamble);
    preamble.writeUInt32LE(header.byteLength, MAGIC.byteLength);
    mkdirSync(this.windowDir(window), { recursive: true, mode: 0o700 });
    replaceFile(this.file(window, listing), Buffer.concat([preamble, header, ...parts]));
  }

  /**
   * Dates of the window with candles, ascending, and what daily candles say; null where nothing is spooled.
   * Errors: RTP_BACKFILL_SPOOL_DAMAGED, the answer is then removed.
   */
  summary(
    window: CallWindow,
    listing: InstrumentListing,
  ): { readonly dates: readonly TradingDate[]; readonly daily: DailyTrace | null } | null {
    return this.read(window, listing, ({ days, daily }) => ({ dates: days.map(({ date }) => date), daily }));
  }

  /** The candles of one date; none where there are none. Errors: RTP_BACKFILL_SPOOL_DAMAGED, the answer is then removed. */
  candles(window: CallWindow, listing: InstrumentListing, date: TradingDate): Candles {
    const found = this.read(window, listing, (header, bodyAt, descriptor) => {
      const impossible = header.impossible.filter((ts) => tradingDateOf(ts) === date);
      const day = header.days.find((known) => known.date === date);
      if (day === undefined) return { ...NO_CANDLES, impossible };
      const packed = Buffer.alloc(day.bytes);
      readSync(descriptor, packed, 0, day.bytes, bodyAt + day.offset);
      return { ...unpack(zstdDecompressSync(packed), day.candles), impossible };
    });
    return found ?? NO_CANDLES;
  }

  /** Removes the answers of a window whose dates are delivered. */
  drop(window: CallWindow): void {
    rmSync(this.windowDir(window), { recursive: true, force: true });
  }

  private windowDir({ from, to }: CallWindow): string {
    return join(this.dir, `${from}_${to}`);
  }

  private file(window: CallWindow, { segment, securityId }: InstrumentListing): string {
    return join(this.windowDir(window), `${segment}-${encodeURIComponent(securityId)}.candles`);
  }

  /** Null when the file is missing. Errors: RTP_BACKFILL_SPOOL_DAMAGED, the file is then removed. */
  private read<T>(
    window: CallWindow,
    listing: InstrumentListing,
    use: (header: Header, bodyAt: number, descriptor: number) => T,
  ): T | null {
    let descriptor: number;
    try {
      descriptor = openSync(this.file(window, listing), 'r');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
      throw error;
    }
    try {
      const { content, bodyAt } = readHeader(descriptor);
      return use(content, bodyAt, descriptor);
    } catch (error) {
      rmSync(this.file(window, listing), { force: true });
      const message = `What was gathered of ${listing.symbol} can no longer be read: ${describeError(error)}`;
      throw pipelineErrors.create('RTP_BACKFILL_SPOOL_DAMAGED', message);
    } finally {
      closeSync(descriptor);
    }
  }
}

const NO_CANDLES: Candles = { ts: [], open: [], high: [], low: [], close: [], volume: [] };

function compress(content: Buffer): Buffer {
  return zstdCompressSync(content, { params: { [constants.ZSTD_c_checksumFlag]: 1 } });
}

/** Errors: whatever shows that it is not whole. */
function readHeader(descriptor: number): { readonly content: Header; readonly bodyAt: number } {
  const preamble = Buffer.alloc(PREAMBLE_BYTES);
  readSync(descriptor, preamble, 0, PREAMBLE_BYTES, 0);
  if (!preamble.subarray(0, MAGIC.byteLength).equals(MAGIC)) throw new Error('it does not begin as one');
  const { size } = fstatSync(descriptor);
  const bodyAt = PREAMBLE_BYTES + preamble.readUInt32LE(MAGIC.byteLength);
  if (bodyAt > size) throw new Error('its end is missing');
  const packed = Buffer.alloc(bodyAt - PREAMBLE_BYTES);
  readSync(descriptor, packed, 0, packed.byteLength, PREAMBLE_BYTES);
  const content = headerSchema.parse(JSON.parse(zstdDecompressSync(packed).toString('utf8')));
  const bytes = content.days.reduce((sum, day) => sum + day.bytes, 0);
  if (bodyAt + bytes !== size) throw new Error('its end is missing');
  return { content, bodyAt };
}

/** Date, first position and end of each date's candles. */
function* datesOf({ ts }: Candles): Generator<[TradingDate, number, number]> {
  for (let first = 0; first < ts.length; ) {
    const date = tradingDateOf(ts[first] as number);
    let end = first + 1;
    while (end < ts.length && tradingDateOf(ts[end] as number) === date) end += 1;
    yield [date, first, end];
    first = end;
  }
}

function pack(candles: Candles, first: number, end: number): Buffer {
  const count = end - first;
  const minutes = Uint32Array.from(candles.ts.slice(first, end), (ts) => ts / MINUTE_MS);
  const columns = [...PRICES, 'volume' as const].map((name) => Float64Array.from(candles[name].slice(first, end)));
  const packed = Buffer.concat([minutes, ...columns].map((column) => Buffer.from(column.buffer)));
  if (packed.byteLength !== count * BYTES_A_CANDLE) throw new Error('columns of unequal length');
  return packed;
}

function unpack(packed: Buffer, count: number): Candles {
  // Copied, so that the columns are aligned.
  const bytes = new Uint8Array(packed).buffer;
  const column = (index: number): number[] => [
    ...new Float64Array(bytes.slice(4 * count + 8 * count * index), 0, count),
  ];
  return {
    ts: Array.from(new Uint32Array(bytes, 0, count), (minute) => minute * MINUTE_MS),
    open: column(0),
    high: column(1),
    low: column(2),
    close: column(3),
    volume: column(4),
  };
}
