import { coreErrors, istIso, type MarketClock, type RealTimer, realInterval, realTimer } from '@rtp/core';
import type { Request, Response } from 'express';
import { schedulerErrors } from '../errors.ts';
import { type EventLog, eventText, type Resumption } from '../events/event-log.ts';

/** Real time after which a client that was cut comes back by itself. */
const RETRY_MS = 1_000;

export interface EventStreamLimits {
  readonly heartbeatMs: number;
  readonly bufferBytes: number;
  readonly maxClients: number;
}

/** Why a client was cut off. */
export const CUT_REASONS = ['too_slow', 'not_reading'] as const;
export type CutReason = (typeof CUT_REASONS)[number];

/**
 * The clients of `GET /events`.
 *
 *   accepted ──events that it missed, or `gap`──▶ following ──it leaves, or the server stops──▶ gone
 *                                                    └──too far behind, or it takes nothing──▶ cut (counted)
 *
 * A client that is cut is told so (`bye`) as far as it still reads, and resumes with the id of the last event it has.
 */
export class EventStreams {
  private readonly log: EventLog;
  private readonly clock: MarketClock;
  private readonly limits: EventStreamLimits;
  private following = 0;
  private readonly cuts = new Map<CutReason, number>(CUT_REASONS.map((reason) => [reason, 0]));

  constructor(log: EventLog, clock: MarketClock, limits: EventStreamLimits) {
    this.log = log;
    this.clock = clock;
    this.limits = limits;
  }

  get clients(): number {
    return this.following;
  }

  /** Clients cut off since this process began, by reason. */
  get cut(): ReadonlyMap<CutReason, number> {
    return this.cuts;
  }

  /** Errors: RTP_EVENTS_CLIENTS_FULL, RTP_HTTP_REQUEST_INVALID. */
  serve(request: Request, response: Response): void {
    const missed = this.log.since(request.get('last-event-id'));
    if (missed === null) {
      throw coreErrors.create('RTP_HTTP_REQUEST_INVALID', 'Last-Event-ID is no id of an event: <epoch>-<number>.');
    }
    if (this.following >= this.limits.maxClients) {
      const message = `${this.limits.maxClients} clients follow already.`;
      throw schedulerErrors.create('RTP_EVENTS_CLIENTS_FULL', message);
    }
    response.type('text/event-stream').set('X-Accel-Buffering', 'no');
    if (request.method === 'HEAD') {
      response.end();
      return;
    }
    this.follow(response, missed);
  }

  private follow(response: Response, { events, isGap }: Resumption): void {
    this.following += 1;
    response.write(`retry: ${RETRY_MS}\n\n`);
    if (isGap)
      response.write(eventText('gap', null, { at: istIso(this.clock.now()), reason: 'older events are not kept' }));
    for (const { text } of events) response.write(text);
    const heartbeat = this.beat(response);
    const leave = this.log.listen({
      event: ({ text }) => {
        if (response.writableEnded) return;
        response.write(text);
        if (response.writableLength > this.limits.bufferBytes) this.cutOff(response, 'too_slow');
      },
      end: () => response.end(),
    });
    response.once('close', () => {
      this.following -= 1;
      heartbeat.cancel();
      leave();
    });
  }

  /** Signs of life for the client, and a look for one: who took nothing of what waits since the last look is cut. */
  private beat(response: Response): RealTimer {
    let takenBefore = -1;
    const look = (): void => {
      const { bytesWritten = 0, writableLength = 0 } = response.socket ?? {};
      const taken = bytesWritten - writableLength;
      if (response.writableEnded) return;
      if (response.writableNeedDrain && taken === takenBefore) this.cutOff(response, 'not_reading');
      else response.write(': alive\n\n');
      takenBefore = taken;
    };
    return realInterval(this.limits.heartbeatMs, look, { keepAlive: false });
  }

  private cutOff(response: Response, reason: CutReason): void {
    if (response.destroyed || response.writableEnded) return;
    this.cuts.set(reason, (this.cuts.get(reason) ?? 0) + 1);
    response.end(eventText('bye', null, { at: istIso(this.clock.now()), reason }));
    // What it has not taken by then it never will.
    realTimer(this.limits.heartbeatMs, () => response.destroy(), { keepAlive: false });
  }
}
