import type { Socket } from 'node:net';
import { type Logger, monotonicMs } from '@rtp/core';
import type { WebSocket } from 'ws';
import type { Counters } from '../counters.ts';
import type { MarketDay, MarketInstrument } from '../market/market-day.ts';
import { type FeedInstrument, readClientMessage } from './client-message.ts';
import type { FeedEngine } from './feed-engine.ts';
import { FrameWriter } from './frame-writer.ts';
import { disconnectPacket, type FeedMode, PACKET_BYTES, PACKET_CODES } from './packets.ts';

/** Instruments one connection may be subscribed to. */
export const MAX_PER_CONNECTION = 5_000;
/** Bytes a client may be behind in reading before its socket is cut: a stuck reader must not eat the memory. */
const MAX_UNREAD_BYTES = 128 * 1024 * 1024;
/** A binary WebSocket frame (RFC 6455, section 5.2) of one quote packet, 50 bytes, that ends within the packet. */
const TORN_FRAME = Buffer.from([0x82, PACKET_BYTES.quote, PACKET_CODES.quote, PACKET_BYTES.quote, 0, 1, 0x45, 0x0b]);

/** One socket of the feed: its subscriptions and its frames. */
export class FeedConnection {
  readonly writer: FrameWriter;
  /** Monotonic instant of the last sign of life. */
  lastPongMs = monotonicMs();
  private readonly socket: WebSocket;
  /** What the socket speaks through: resets and cuts go past the protocol. */
  private readonly transport: Socket;
  private readonly day: MarketDay;
  private readonly engine: FeedEngine;
  private readonly counters: Counters;
  private readonly logger: Logger;
  private readonly subscribed = new Map<number, MarketInstrument>();

  constructor(
    socket: WebSocket,
    transport: Socket,
    deps: {
      readonly day: MarketDay;
      readonly engine: FeedEngine;
      readonly counters: Counters;
      readonly logger: Logger;
    },
  ) {
    this.socket = socket;
    this.transport = transport;
    this.day = deps.day;
    this.engine = deps.engine;
    this.counters = deps.counters;
    this.logger = deps.logger;
    this.writer = new FrameWriter((frame) => this.send(frame), deps.counters);
  }

  /** Instruments subscribed to. */
  get size(): number {
    return this.subscribed.size;
  }

  /** Handles one text frame. */
  onText(text: string): void {
    const request = readClientMessage(text);
    if (request.kind === 'disconnect') this.socket.close(1000);
    else if (request.kind === 'ignored') this.reject(request.reason, request.isOverLimit);
    else if (request.kind === 'subscribe') this.subscribe(request.mode, request.instruments);
    else this.unsubscribe(request.mode, request.instruments);
  }

  ping(): void {
    this.socket.ping();
  }

  /** Ends every subscription; the socket is gone. */
  release(): void {
    for (const instrument of this.subscribed.values()) this.engine.unsubscribe(this.writer, instrument);
    this.subscribed.clear();
    this.engine.forget(this.writer);
  }

  /** Says why, then closes. */
  disconnect(reason: number): void {
    this.writer.flush();
    this.socket.send(disconnectPacket(reason));
    this.socket.close(1000);
  }

  /** Cuts the connection without a close frame. */
  terminate(): void {
    this.socket.terminate();
  }

  /** Resets the connection (TCP RST). */
  reset(): void {
    this.transport.resetAndDestroy();
  }

  /** Resets the connection in the middle of a frame. */
  resetMidFrame(): void {
    this.writer.flush();
    this.transport.write(TORN_FRAME, () => this.transport.resetAndDestroy());
  }

  /** Leaves the connection open and dead: nothing is read any more, not even its end. Returns what is left of it. */
  freeze(): Socket {
    return this.transport.pause();
  }

  private subscribe(mode: FeedMode, instruments: readonly FeedInstrument[]): void {
    for (const { segment, securityId } of instruments) {
      const instrument = this.day.find(segment, securityId);
      if (instrument === undefined) continue;
      if (!this.subscribed.has(instrument.index) && this.subscribed.size >= MAX_PER_CONNECTION) {
        this.reject(`more than ${MAX_PER_CONNECTION} instruments`, true);
        break;
      }
      this.subscribed.set(instrument.index, instrument);
      this.engine.subscribe(this.writer, instrument, mode);
    }
    this.writer.flush();
  }

  private unsubscribe(mode: FeedMode, instruments: readonly FeedInstrument[]): void {
    for (const { segment, securityId } of instruments) {
      const instrument = this.day.find(segment, securityId);
      if (instrument === undefined) continue;
      if (this.engine.unsubscribe(this.writer, instrument, mode)) this.subscribed.delete(instrument.index);
    }
  }

  private reject(reason: string, isOverLimit = false): void {
    this.counters.subscriptionsRejected += 1;
    if (isOverLimit) this.counters.subscribeOverLimit += 1;
    this.logger.warn('feed request ignored', { reason });
  }

  private send(frame: Buffer): void {
    if (this.socket.readyState !== this.socket.OPEN) return;
    if (this.socket.bufferedAmount > MAX_UNREAD_BYTES) {
      this.logger.warn('feed socket cut: the client does not read');
      this.socket.terminate();
      return;
    }
    this.socket.send(frame, { binary: true });
  }
}
