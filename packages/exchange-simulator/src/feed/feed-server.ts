import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { type Logger, type MarketClock, monotonicMs, type RealTimer, realInterval } from '@rtp/core';
import { type WebSocket, WebSocketServer } from 'ws';
import type { TokenDesk } from '../auth/token-desk.ts';
import type { Counters } from '../counters.ts';
import type { FaultSchedule } from '../faults/fault-schedule.ts';
import { type BreakableSockets, FeedBreaks } from '../faults/feed-breaks.ts';
import { FeedDistortion } from '../faults/feed-distortion.ts';
import type { MarketDay } from '../market/market-day.ts';
import { FeedConnection } from './feed-connection.ts';
import { FeedEngine } from './feed-engine.ts';
import { FeedLoop } from './feed-loop.ts';
import { FramePacing } from './frame-pacing.ts';
import { DISCONNECT_REASONS } from './packets.ts';

/** Connections one client may have; the next one costs the oldest its life. */
export const MAX_CONNECTIONS = 5;
const LARGEST_MESSAGE_BYTES = 64 * 1024;

export interface FeedServerOptions {
  readonly day: MarketDay;
  readonly clock: MarketClock;
  readonly tokens: TokenDesk;
  readonly faults: FaultSchedule;
  readonly counters: Counters;
  readonly logger: Logger;
  readonly conflationMs: number;
  readonly maxPacketsPerFrame: number;
  /** Real time between two pings, and without a pong until the socket is cut. */
  readonly pingIntervalMs: number;
  readonly pongTimeoutMs: number;
}

/**
 * The live market feed's sockets (wire §7.1). Credentials are in the query; a bad
 * token is accepted and then cut without a close frame, credentials elsewhere are an HTTP 400.
 */
export class FeedServer implements BreakableSockets {
  readonly engine: FeedEngine;
  private readonly options: FeedServerOptions;
  private readonly sockets = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: LARGEST_MESSAGE_BYTES,
  });
  private readonly loop: FeedLoop;
  /** Oldest first. */
  private readonly connections = new Set<FeedConnection>();
  /** Open and dead, or without an answer to their handshake: no connections any more, or not yet. */
  private readonly frozen = new Set<Duplex>();
  private readonly breaks: FeedBreaks;
  private readonly pinger: RealTimer;

  constructor(options: FeedServerOptions) {
    this.options = options;
    const { clock, day, faults, tokens } = options;
    const pacing = new FramePacing(clock, options.maxPacketsPerFrame);
    this.engine = new FeedEngine({
      day,
      clock,
      conflationMs: options.conflationMs,
      pacing,
      distortion: new FeedDistortion(day, faults, () => pacing.capacity()),
    });
    this.loop = new FeedLoop(clock, this.engine, () => {
      for (const connection of this.connections) connection.writer.flush();
    });
    this.breaks = new FeedBreaks(clock, faults, tokens, this);
    tokens.onReplaced(() => this.disconnect(DISCONNECT_REASONS.tokenInvalid));
    this.pinger = realInterval(options.pingIntervalMs, () => this.pingAll(), { keepAlive: false });
  }

  get connected(): number {
    return this.connections.size;
  }

  get subscriptions(): number {
    let total = 0;
    for (const connection of this.connections) total += connection.size;
    return total;
  }

  /** Answers a WebSocket handshake. */
  onUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const { counters } = this.options;
    socket.on('error', () => {});
    const fate = this.breaks.handshakeFate();
    if (fate === 'refused') {
      counters.socketsRefused += 1;
      refuse(socket, '429 Too Many Requests');
      return;
    }
    if (fate === 'unanswered') {
      counters.socketsRefused += 1;
      this.keepFrozen(socket);
      return;
    }
    const query = new URL(request.url ?? '/', 'http://feed').searchParams;
    const credentials = { token: query.get('token'), clientId: query.get('clientId') };
    if (query.get('version') !== '2' || query.get('authType') !== '2' || !credentials.token || !credentials.clientId) {
      counters.socketsRefused += 1;
      refuse(socket, '400 Bad Request');
      return;
    }
    const isValid = this.options.tokens.check(credentials.token, credentials.clientId) === 'valid';
    this.sockets.handleUpgrade(request, socket, head, (ws) => {
      if (isValid) this.accept(ws, socket as Socket, fate === 'no_data_plan');
      else {
        counters.socketsRefused += 1;
        ws.on('error', () => {});
        ws.terminate();
      }
    });
  }

  /** Cuts every connection and ends the feed. */
  stop(): void {
    this.loop.stop();
    this.pinger.cancel();
    this.drop();
    this.endFrozen();
    this.sockets.close();
  }

  drop(): number {
    return this.breakAll((connection) => connection.terminate());
  }

  /** The sockets stay connections until they are closed. */
  disconnect(reason: number): number {
    for (const connection of this.connections) connection.disconnect(reason);
    return this.connections.size;
  }

  reset(): number {
    return this.breakAll((connection) => connection.reset());
  }

  resetMidFrame(): number {
    return this.breakAll((connection) => connection.resetMidFrame());
  }

  freeze(): number {
    return this.breakAll((connection) => this.keepFrozen(connection.freeze()));
  }

  endFrozen(): void {
    for (const socket of this.frozen) socket.destroy();
    this.frozen.clear();
  }

  private accept(ws: WebSocket, transport: Socket, hasNoDataPlan: boolean): void {
    const { day, counters, logger } = this.options;
    const connection = new FeedConnection(ws, transport, { day, engine: this.engine, counters, logger });
    counters.socketsPeak = Math.max(counters.socketsPeak, this.connections.size + 1);
    for (const oldest of this.connections) {
      if (this.connections.size < MAX_CONNECTIONS) break;
      this.forget(oldest);
      oldest.disconnect(DISCONNECT_REASONS.tooManyConnections);
    }
    this.connections.add(connection);
    counters.socketsAccepted += 1;
    logger.info('feed socket opened', { connected: this.connections.size });
    ws.on('pong', () => {
      connection.lastPongMs = monotonicMs();
    });
    ws.on('message', (data, isBinary) => {
      if (isBinary) return;
      connection.onText(data.toString());
      this.loop.wake();
    });
    ws.on('error', () => {});
    ws.on('close', () => this.forget(connection));
    if (hasNoDataPlan) connection.disconnect(DISCONNECT_REASONS.noDataPlan);
  }

  private forget(connection: FeedConnection): void {
    if (!this.connections.delete(connection)) return;
    connection.release();
    this.options.logger.info('feed socket closed', { connected: this.connections.size });
  }

  private pingAll(): void {
    const now = monotonicMs();
    for (const connection of this.connections) {
      if (now - connection.lastPongMs > this.options.pongTimeoutMs) connection.terminate();
      else connection.ping();
    }
  }

  private breakAll(run: (connection: FeedConnection) => void): number {
    const all = [...this.connections];
    for (const connection of all) {
      this.forget(connection);
      run(connection);
    }
    return all.length;
  }

  private keepFrozen(socket: Duplex): void {
    this.frozen.add(socket);
    socket.once('close', () => this.frozen.delete(socket));
  }
}

function refuse(socket: Duplex, status: string): void {
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}
