import type { z } from 'zod';
import type { StoreClient } from '../contract.ts';
import {
  ackSchema,
  adjustmentSchema,
  dailyOfficialSchema,
  datesSchema,
  dayCoverageSchema,
  instrumentSchema,
  sealReceiptSchema,
  writtenSchema,
} from '../contract-schemas.ts';
import { storeClientErrors } from '../errors.ts';
import { readUpdateLines } from './indicator-update-lines.ts';
import { openSocketHttp, type SocketHttp } from './socket-http.ts';

const DEFAULT_TIMEOUT_MS = 30_000;
export const BATCH_CONTENT_TYPE = 'application/vnd.rtp.batch';

export interface StoreClientOptions {
  /** The store's Unix socket, `paths.storeSocket`. */
  readonly socketPath: string;
  /** Longest wait for one answer, real milliseconds. */
  readonly timeoutMs?: number;
}

/** A client of a running store. Connects on first use; every call may throw RTP_STORE_UNREACHABLE. */
export function createStoreClient(options: StoreClientOptions): StoreClient {
  const http = openSocketHttp(options.socketPath, options.timeoutMs ?? DEFAULT_TIMEOUT_MS);
  const instruments = instrumentSchema.array();
  return {
    registerInstruments: (date, listings) => postJson(http, `/instruments?date=${date}`, { listings }, instruments),
    instruments: (date) => getJson(http, `/instruments?date=${date}`, instruments),
    append: async (batch) => {
      const { encodeBatch } = await import('../wire/index.ts');
      const body = encodeBatch(batch);
      return parse(
        await http.send({ method: 'POST', path: '/ingest', body, contentType: BATCH_CONTENT_TYPE }),
        ackSchema,
      );
    },
    dayState: async (date) => {
      const { decodeDayState } = await import('../wire/index.ts');
      return decodeDayState(await http.send({ method: 'GET', path: `/day-state?date=${date}` }));
    },
    indicatorStart: async (date) => {
      const { decodeIndicatorStart } = await import('../wire/index.ts');
      return decodeIndicatorStart(await http.send({ method: 'GET', path: `/indicator-start?date=${date}` }));
    },
    updateIndicators: (request, onProgress, signal) => {
      const body = Buffer.from(JSON.stringify(request));
      const lines = http.lines({ method: 'POST', path: '/indicators/update', body }, signal);
      return readUpdateLines(lines, onProgress);
    },
    coverage: (date) => getJson(http, `/day-coverage?date=${date}`, dayCoverageSchema),
    seal: (date, { force = false } = {}) => postJson(http, `/seal?date=${date}`, { force }, sealReceiptSchema),
    receipt: (date) => getJson(http, `/receipts?date=${date}`, sealReceiptSchema.nullable()),
    recordDailyOfficial: (rows) => postJson(http, '/daily-official', { rows }, writtenSchema),
    dailyOfficial: (from, to) => getJson(http, `/daily-official?from=${from}&to=${to}`, dailyOfficialSchema.array()),
    recordAdjustments: (rows) => postJson(http, '/adjustments', { rows }, writtenSchema),
    adjustments: () => getJson(http, '/adjustments', adjustmentSchema.array()),
    dates: () => getJson(http, '/dates', datesSchema),
    close: async () => http.close(),
  };
}

/** Asks and parses. Errors: RTP_STORE_UNREACHABLE, RTP_STORE_ANSWER_INVALID, any error the store answers with. */
export async function getJson<T>(http: SocketHttp, path: string, schema: z.ZodType<T>): Promise<T> {
  return parse(await http.send({ method: 'GET', path }), schema);
}

async function postJson<T>(http: SocketHttp, path: string, content: unknown, schema: z.ZodType<T>): Promise<T> {
  return parse(await http.send({ method: 'POST', path, body: Buffer.from(JSON.stringify(content)) }), schema);
}

function parse<T>(body: Buffer, schema: z.ZodType<T>): T {
  try {
    return schema.parse(JSON.parse(body.toString('utf8')));
  } catch (cause) {
    throw storeClientErrors.create('RTP_STORE_ANSWER_INVALID', 'The store gave an answer that cannot be read.', {
      cause,
    });
  }
}
