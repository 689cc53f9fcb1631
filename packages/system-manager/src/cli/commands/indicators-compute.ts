import { once } from 'node:events';
import { createWriteStream, renameSync, rmSync } from 'node:fs';
import { basename, dirname, extname, join, resolve } from 'node:path';
import { finished } from 'node:stream/promises';
import type { DuckDBConnection } from '@duckdb/node-api';
import { describeError, loadCalendar, RtpError } from '@rtp/core';
import { loadIndicatorReading } from '@rtp/store-client';
import { managerErrors } from '../../errors.ts';
import { type ComputeNotes, computeFile } from '../../indicators/compute/compute-file.ts';
import { parquetWriter } from '../../indicators/compute/parquet-writer.ts';
import { tailTable } from '../../indicators/compute/tail-table.ts';
import { csvWriter, jsonWriter, type TextSink } from '../../indicators/compute/text-writer.ts';
import type { OutputLayout, ValueWriter } from '../../indicators/compute/value-writer.ts';
import { type CommonOptions, cliContext } from '../cli-context.ts';
import { endWithReader } from '../reader-gone.ts';

export interface IndicatorsComputeOptions extends CommonOptions {
  readonly columns?: readonly string[];
  readonly family?: string;
  readonly out?: string;
  readonly session: 'nse' | 'none';
  readonly symbol?: string;
  readonly tick: number;
}

const NAMED_COLUMNS = 8;

/** `rtp indicators compute FILE`: indicators of any file of bars; needs no running system. */
export async function indicatorsComputeCommand(file: string, options: IndicatorsComputeOptions): Promise<number> {
  endWithReader();
  const { selectColumns } = await loadIndicatorReading();
  const asked = options.columns ?? [options.family ?? 'all'];
  const output = options.out === undefined ? standardOutput() : fileOutput(resolve(options.out));
  const leave = (): never => process.exit(130);
  process.once('SIGINT', leave);
  try {
    const request = {
      file: resolve(file),
      columns: selectColumns(asked),
      byName: new Set(asked),
      symbol: options.symbol ?? null,
      sessions: sessionsOf(options),
      tick: options.tick,
    };
    const result = await computeFile(request, async (layout, connection, notes) => {
      for (const note of noteLines(notes)) process.stderr.write(`${note}\n`);
      return output.open(layout, connection);
    }).catch((error: unknown) => {
      throw withSessionHint(error);
    });
    await output.close();
    if (options.out !== undefined) {
      const { rows, columns, series } = result;
      process.stdout.write(`${options.out}: ${rows} rows of ${columns} columns, ${series} series.\n`);
    }
  } finally {
    output.discard();
    process.off('SIGINT', leave);
  }
  return 0;
}

const sessionsOf = (options: IndicatorsComputeOptions): ReturnType<typeof loadCalendar> | 'none' =>
  options.session === 'none' ? 'none' : loadCalendar({ file: cliContext(options).config.calendar.file });

/** A date that NSE's calendar cannot tell of may be another exchange's. */
function withSessionHint(error: unknown): unknown {
  if (!(error instanceof RtpError) || error.code !== 'RTP_CALENDAR_OUT_OF_RANGE') return error;
  const { code, message, exitCode } = error;
  const fix = '--session none computes without sessions: columns of the session and of days then have no meaning.';
  return new RtpError(code, { summary: '', fix, exitCode: exitCode as 64 }, message, { cause: error.cause });
}

function noteLines({ ignored, wasSorted, leftOut }: ComputeNotes): readonly string[] {
  const notes: string[] = [];
  if (ignored.length > 0) {
    const more = ignored.length > NAMED_COLUMNS ? ` and ${ignored.length - NAMED_COLUMNS} more` : '';
    notes.push(`note: columns not used: ${ignored.slice(0, NAMED_COLUMNS).join(', ')}${more}`);
  }
  if (wasSorted) notes.push('note: the rows were not in order of time and have been sorted');
  for (const [field, count] of Object.entries(leftOut)) {
    notes.push(`note: ${count} columns need "${field}", which the file lacks, and are left out`);
  }
  return notes;
}

/** Where rows go. */
interface Output {
  open(layout: OutputLayout, connection: DuckDBConnection): Promise<ValueWriter>;
  /** Everything is written: makes it visible. */
  close(): Promise<void>;
  /** Removes what was begun and not closed. */
  discard(): void;
}

function standardOutput(): Output {
  const { stdout } = process;
  const sink: TextSink = async (text) => {
    if (!stdout.write(text)) await once(stdout, 'drain');
  };
  return {
    open: async (layout) => (stdout.isTTY ? tailTable(layout, stdout.columns || 80, sink) : csvWriter(layout, sink)),
    close: async () => {},
    discard: () => {},
  };
}

/** A file that appears, whole, under its name at the end. Errors: RTP_USAGE, RTP_OUTPUT_UNWRITABLE. */
function fileOutput(file: string): Output {
  const format = extname(file).toLowerCase();
  if (!['.csv', '.json', '.parquet'].includes(format)) {
    throw managerErrors.create('RTP_USAGE', `--out ${file}: its name ends in .csv, .json or .parquet.`);
  }
  const work = join(dirname(file), `.${basename(file)}.${process.pid}.part`);
  const discard = (): void => rmSync(work, { force: true });
  process.once('exit', discard);
  const guarded = async <T>(step: () => Promise<T>): Promise<T> => {
    try {
      return await step();
    } catch (cause) {
      throw managerErrors.create('RTP_OUTPUT_UNWRITABLE', `${file} cannot be written: ${describeError(cause)}.`);
    }
  };
  const textWriter = async (layout: OutputLayout): Promise<ValueWriter> => {
    const stream = createWriteStream(work, { flags: 'wx' });
    await guarded(() => once(stream, 'open'));
    const written = finished(stream);
    written.catch(() => {});
    const sink: TextSink = (text) =>
      guarded(async () => {
        if (!stream.write(text)) await Promise.race([once(stream, 'drain'), written]);
      });
    const writer = format === '.csv' ? csvWriter(layout, sink) : jsonWriter(layout, sink);
    return {
      write: writer.write,
      end: async () => {
        await writer.end();
        stream.end();
        await guarded(() => written);
      },
    };
  };
  return {
    open: async (layout, connection) => {
      if (format !== '.parquet') return textWriter(layout);
      const writer = await parquetWriter(connection, layout, work);
      return { write: writer.write, end: () => guarded(() => writer.end()) };
    },
    close: () => guarded(async () => renameSync(work, file)),
    discard: () => {
      discard();
      process.off('exit', discard);
    },
  };
}
