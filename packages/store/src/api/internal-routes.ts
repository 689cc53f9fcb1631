import { parseTradingDate, type TradingDate } from '@rtp/core';
import { adjustmentSchema, dailyOfficialSchema, listingSchema, loadWire, storeClientErrors } from '@rtp/store-client';
import { type Request, Router } from 'express';
import { z } from 'zod';
import type { Store } from '../store.ts';
import { answerUpdate } from './update-route.ts';

/** Largest request: a batch of 400,000 bars. */
const MAX_BODY_BYTES = 32 * 1_024 * 1_024;

const registerSchema = z.strictObject({ listings: z.array(listingSchema).max(100_000) });
const updateSchema = z.strictObject({
  symbols: z.array(z.string().min(1)).min(1).optional(),
  from: z.string().optional(),
  force: z.boolean().default(false),
});
const dailyOfficialRows = z.strictObject({ rows: z.array(dailyOfficialSchema) });
const adjustmentRows = z.strictObject({ rows: z.array(adjustmentSchema) });
const sealSchema = z.strictObject({ force: z.boolean().default(false) });

/** The routes of our own processes, on the Unix socket only. */
export function internalRoutes(store: Store): Router {
  const router = Router();
  router.post('/ingest', async (request, response) => {
    const { decodeBatch } = await loadWire();
    response.json(await store.append(decodeBatch(await readBody(request))));
  });
  router.post('/instruments', async (request, response) => {
    const { listings } = await readJson(request, registerSchema);
    response.json(await store.registerInstruments(dateOf(request), listings));
  });
  router.get('/instruments', (request, response) => {
    response.json(store.instruments(dateOf(request)));
  });
  router.get('/day-state', async (request, response) => {
    response.type('application/vnd.apache.arrow.stream').send(Buffer.from(await store.dayState(dateOf(request))));
  });
  router.get('/indicator-start', async (request, response) => {
    response.type('application/vnd.rtp.indicator-start').send(Buffer.from(await store.indicatorStart(dateOf(request))));
  });
  router.get('/day-coverage', async (request, response) => {
    response.json(await store.coverage(dateOf(request)));
  });
  router.post('/seal', async (request, response) => {
    const { force } = await readJson(request, sealSchema);
    response.json(await store.seal(dateOf(request), force));
  });
  router.post('/indicators/update', async (request, response) => {
    const { symbols, from, force } = await readJson(request, updateSchema);
    const wanted = { ...(symbols === undefined ? {} : { symbols }), ...(from === undefined ? {} : { from }), force };
    await answerUpdate(store, wanted, response);
  });
  router.get('/receipts', (request, response) => {
    response.json(store.receipt(dateOf(request)));
  });
  router.post('/daily-official', async (request, response) => {
    response.json(await store.official.recordDaily((await readJson(request, dailyOfficialRows)).rows));
  });
  router.get('/daily-official', async (request, response) => {
    response.json(await store.official.daily(dateOf(request, 'from'), dateOf(request, 'to')));
  });
  router.post('/adjustments', async (request, response) => {
    response.json(await store.official.recordAdjustments((await readJson(request, adjustmentRows)).rows));
  });
  router.get('/adjustments', async (_request, response) => {
    response.json(await store.official.adjustments());
  });
  router.get('/dates', (_request, response) => {
    response.json(store.dates());
  });
  return router;
}

/** Errors: RTP_DATE_INVALID. */
function dateOf(request: Request, parameter = 'date'): TradingDate {
  return parseTradingDate(String(request.query[parameter] ?? ''));
}

async function readJson<T>(request: Request, schema: z.ZodType<T>): Promise<T> {
  let content: unknown;
  try {
    content = JSON.parse((await readBody(request)).toString('utf8'));
  } catch (cause) {
    throw storeClientErrors.create('RTP_QUERY_INVALID', 'The body is not JSON.', { cause });
  }
  const parsed = schema.safeParse(content);
  if (parsed.success) return parsed.data;
  throw storeClientErrors.create('RTP_QUERY_INVALID', `The body is malformed: ${z.prettifyError(parsed.error)}.`);
}

async function readBody(request: Request): Promise<Buffer> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    bytes += part.byteLength;
    if (bytes > MAX_BODY_BYTES) {
      throw storeClientErrors.create('RTP_BATCH_INVALID', `The body is larger than ${MAX_BODY_BYTES} bytes.`);
    }
    parts.push(part);
  }
  return Buffer.concat(parts);
}
