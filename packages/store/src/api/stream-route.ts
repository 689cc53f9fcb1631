import { type RealTimer, realInterval } from '@rtp/core';
import { findSymbol, querySymbols, storeClientErrors } from '@rtp/store-client';
import { type Request, type Response, Router } from 'express';
import type { Store } from '../store.ts';
import { afterCommit, type Position, parsePosition } from '../stream/position.ts';
import type { StreamEvent } from '../stream/stream-event.ts';
import { writeAnswer } from './write-answer.ts';

export interface StreamLimits {
  /** Real time between two signs of life. */
  readonly heartbeatMs: number;
  /** Most that waits for a reader. */
  readonly bufferBytes: number;
}

/** Real time after which a reader that was cut comes back by itself. */
const RETRY_MS = 1_000;
const KEYS = ['symbols', 'since'];

/**
 * Server-sent events of every commit and seal.
 *
 *   catching up: events behind `from` are read for this reader alone, at its pace ──at the head──▶ following: events are
 *   told as they come ──reader gone, too slow, store stops──▶ ended
 *
 * Whoever is cut resumes with the id of the last event it has.
 */
export function streamRoute(store: Store, limits: StreamLimits): Router {
  const router = Router();
  router.get('/stream', async (request, response) => {
    const query = await parseQuery(store, request);
    response.type('text/event-stream').set('Cache-Control', 'no-store').set('X-Accel-Buffering', 'no');
    if (request.method === 'HEAD') {
      response.end();
      return;
    }
    response.write(`retry: ${RETRY_MS}\n\n`);
    const heartbeat = beat(response, limits);
    response.on('close', () => heartbeat.cancel());
    let at = query.from;
    // From the last look at the head to `follow` nothing else runs, so that no event falls in between.
    while (isBehind(at, store.events.head)) at = await catchUp(store, at, query, response);
    follow(store, query, response, limits);
  });
  return router;
}

interface StreamQuery {
  readonly from: Position;
  /** Whose bars are wanted; null for everybody's. */
  readonly instrumentIds: ReadonlySet<number> | null;
}

/** Errors: RTP_QUERY_INVALID, RTP_SYMBOL_UNKNOWN. */
async function parseQuery(store: Store, request: Request): Promise<StreamQuery> {
  const { query } = request;
  const unknown = Object.keys(query).find((key) => !KEYS.includes(key));
  if (unknown !== undefined) throw invalid(`parameter "${unknown}" is unknown; accepted are ${KEYS.join(', ')}`);
  const { symbols = '', since = '' } = query;
  if (typeof symbols !== 'string' || typeof since !== 'string') throw invalid('every parameter may be given once');
  const known = symbols === '' ? [] : await store.surface.ask(querySymbols);
  const ids = symbols
    .split(',')
    .filter((name) => name !== '')
    .map((name) => findSymbol(known, name.trim()).instrumentId);
  // A browser comes back by the address it had, and with the id of the last event it got.
  const from = parseFrom(request.get('last-event-id') || since, store.events.newest);
  return { from, instrumentIds: ids.length === 0 ? null : new Set(ids) };
}

function parseFrom(text: string, newest: number): Position {
  if (text === '') return afterCommit(newest);
  const position = parsePosition(text);
  if (position === null) throw invalid(`"${text}" is no event's id; it is a commit's number, or <commit>.<index>`);
  if (position.commitSeq > newest)
    throw invalid(`there is no commit ${position.commitSeq} yet; the newest is ${newest}`);
  return position;
}

/** Writes what is behind `at` up to the head there is now, and returns that. Errors: RTP_STORE_READER_GONE, the engine's. */
async function catchUp(
  store: Store,
  at: Position,
  { instrumentIds }: StreamQuery,
  response: Response,
): Promise<Position> {
  const to = store.events.head;
  for await (const page of store.events.between(at, to)) {
    if (response.destroyed || store.events.ended.aborted) break;
    const text = textOf(page, instrumentIds);
    if (text !== '') await writeAnswer(response, text);
  }
  return afterCommit(to);
}

const isBehind = ({ commitSeq, index }: Position, head: number): boolean =>
  commitSeq < head || (commitSeq === head && Number.isFinite(index));

function follow(store: Store, { instrumentIds }: StreamQuery, response: Response, { bufferBytes }: StreamLimits): void {
  const { events } = store;
  if (response.destroyed) return;
  if (events.ended.aborted) {
    response.end();
    return;
  }
  const leave = events.listen({
    events: (page) => {
      const text = textOf(page, instrumentIds);
      if (text !== '') response.write(text);
      if (response.writableLength > bufferBytes) response.destroy();
    },
    end: () => response.end(),
  });
  response.on('close', leave);
}

/** Signs of life for the reader, and a look for one: who took nothing of what waits since the last look is cut. */
function beat(response: Response, { heartbeatMs }: StreamLimits): RealTimer {
  let takenBefore = -1;
  return realInterval(
    heartbeatMs,
    () => {
      const { bytesWritten = 0, writableLength = 0 } = response.socket ?? {};
      const taken = bytesWritten - writableLength;
      if (response.writableNeedDrain && taken === takenBefore) response.destroy();
      else response.write(': alive\n\n');
      takenBefore = taken;
    },
    { keepAlive: false },
  );
}

const textOf = (page: readonly StreamEvent[], instrumentIds: ReadonlySet<number> | null): string =>
  page
    .filter(({ instrumentId }) => instrumentId === null || instrumentIds === null || instrumentIds.has(instrumentId))
    .map(({ text }) => text)
    .join('');

function invalid(problem: string): Error {
  return storeClientErrors.create('RTP_QUERY_INVALID', `${problem}.`);
}
