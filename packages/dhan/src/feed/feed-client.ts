import {
  describeError,
  type EpochMs,
  type Logger,
  type MarketTimer,
  monotonicMs,
  type RealTimer,
  realInterval,
  realTimer,
} from '@rtp/core';
import { WebSocket } from 'ws';
import { type FailureBackoff, failureBackoff } from '../wire/failure-backoff.ts';
import { failure, failureKindOf } from '../wire/failure-kind.ts';
import { closeSocket } from './close-socket.ts';
import { decodeFrame } from './decode-frame.ts';
import type {
  FeedClient,
  FeedFailure,
  FeedInstrument,
  FeedMode,
  FeedOptions,
  FeedState,
  FeedStats,
} from './feed-contract.ts';
import { disconnectFailure, handshakeFailure } from './feed-failures.ts';
import { onDisconnect } from './on-disconnect.ts';
import type { FeedPacketVisitor } from './packets.ts';
import { CONNECTION_INSTRUMENTS, DISCONNECT_MESSAGE, subscribeMessages, unsubscribeMessages } from './subscription.ts';

const MAX_FRAME_BYTES = 1024 * 1024;
const DEFAULT_MODE: FeedMode = 17;
/** Looks at the silence, and pings, this often within the silence limit. */
const LOOKS_PER_SILENCE = 4;

/**
 * One connection to the live feed, kept up for as long as it is wanted; back-off and silence in real time, the wait for a
 * data plan in market time.
 *
 *   idle ──start──▶ connecting ──socket open, subscriptions sent──▶ open
 *                     ▲    │ token, handshake or network fails        │ close, error, silence, disconnect packet,
 *                     │    ▼                                          ▼ `reconnect`
 *                     └─ backoff ◀────────────────────────────────────┘
 *   any ──stop──▶ stopped
 *
 * The back-off grows with every failure and starts anew only after a connection that brought packets and lasted
 * `feed_stable_ms`: a server that accepts and then closes (its answer to a bad token, wire §7.1) is not met with
 * a storm. After a rate-limit refusal (HTTP 429,
 * reason 805) it is at its longest. Reasons 807 to 809 have the token replaced before the next attempt; without a data
 * plan (806) no token helps, and the next attempt is `no_plan_retry_ms` away. Silent
 * means no frame, ping or pong: a mute market is the caller's business, a mute socket ends the connection.
 */
export function createFeedClient(options: FeedOptions): FeedClient {
  if (options.instruments.length > CONNECTION_INSTRUMENTS) {
    throw failure(
      'bad_request',
      `The feed takes ${CONNECTION_INSTRUMENTS} instruments, not ${options.instruments.length}.`,
    );
  }
  return new LiveFeed(options);
}

class LiveFeed implements FeedClient {
  private readonly options: FeedOptions;
  private readonly logger: Logger;
  private readonly visitor: FeedPacketVisitor;
  private readonly messages: readonly string[];
  private phase: FeedState = 'idle';
  private socket: WebSocket | undefined;
  private readonly waits: FailureBackoff;
  private backoff: RealTimer | MarketTimer | undefined;
  private watch: RealTimer | undefined;
  private heardAt = 0;
  private openedAt = 0;
  private tokenInUse = '';
  private rejectedToken: string | undefined;
  /** Why the present connection is about to end, when we or a disconnect packet decided it. */
  private verdict: FeedFailure | undefined;
  private readonly tally = {
    connects: 0,
    disconnects: 0,
    packets: 0,
    frames: 0,
    unknownPackets: 0,
    truncatedBytes: 0,
    lastPacketAtMonotonic: null as number | null,
    lastPacketAt: null as EpochMs | null,
    lastFailure: null as FeedFailure | null,
  };

  constructor(options: FeedOptions) {
    this.options = options;
    this.logger = options.logger;
    this.waits = failureBackoff({
      minMs: options.broker.feed_reconnect_min_ms,
      maxMs: options.broker.feed_reconnect_max_ms,
    });
    this.messages = subscribeMessages(options.instruments, options.mode ?? DEFAULT_MODE);
    this.visitor = onDisconnect(options.visitor, (reason) => this.drop(disconnectFailure(reason)));
  }

  get state(): FeedState {
    return this.phase;
  }

  get stats(): FeedStats {
    return this.tally;
  }

  start(): void {
    if (this.phase !== 'idle') return;
    void this.connect();
  }

  async stop(): Promise<void> {
    if (this.phase === 'stopped') return;
    const wasOpen = this.phase === 'open';
    this.phase = 'stopped';
    this.backoff?.cancel();
    const socket = this.release();
    if (socket === undefined) return;
    if (wasOpen) {
      this.ended('stopped');
      socket.send(DISCONNECT_MESSAGE, () => {});
    }
    await closeSocket(socket, wasOpen);
  }

  reconnect(reason: string): void {
    if (this.phase === 'open') this.drop({ kind: 'reconnect', reason });
  }

  resubscribe(instruments: readonly FeedInstrument[]): void {
    if (this.phase !== 'open') return;
    const mode = this.options.mode ?? DEFAULT_MODE;
    for (const message of unsubscribeMessages(instruments, mode)) this.socket?.send(message);
    for (const message of subscribeMessages(instruments, mode)) this.socket?.send(message);
    this.logger.warn('feed subscriptions made anew', { instruments: instruments.length });
  }

  private async connect(): Promise<void> {
    this.phase = 'connecting';
    let url: string;
    try {
      const { token, clientId } = await this.options.token(this.rejectedToken);
      this.tokenInUse = token;
      this.rejectedToken = undefined;
      url = `${this.options.broker.feed_url}?${new URLSearchParams({ version: '2', token, clientId, authType: '2' })}`;
    } catch (error) {
      if (this.isStopped) return;
      const kind = failureKindOf(error) === 'no_plan' ? 'no_plan' : 'token';
      this.failed({ kind, reason: describeError(error) });
      return;
    }
    if (this.isStopped) return;
    const socket = new WebSocket(url, {
      perMessageDeflate: false,
      handshakeTimeout: this.options.broker.feed_connect_timeout_ms,
      maxPayload: MAX_FRAME_BYTES,
      followRedirects: false,
    });
    this.socket = socket;
    this.verdict = undefined;
    let lastError: Error | undefined;
    socket.on('open', () => this.opened(socket));
    socket.on('message', (data: Buffer, isBinary) => {
      if (isBinary && this.socket === socket) this.received(data);
    });
    socket.on('ping', () => this.heard());
    socket.on('pong', () => this.heard());
    socket.on('error', (error) => {
      lastError = error;
    });
    socket.on('close', (code) => {
      if (this.socket !== socket) return;
      this.failed(this.verdict ?? this.endOf(code, lastError));
    });
  }

  private opened(socket: WebSocket): void {
    if (this.socket !== socket) return;
    for (const message of this.messages) socket.send(message);
    this.phase = 'open';
    this.tally.connects += 1;
    this.heard();
    this.openedAt = this.heardAt;
    const silenceMs = this.options.broker.feed_silence_timeout_ms;
    this.watch = realInterval(silenceMs / LOOKS_PER_SILENCE, () => this.look(socket, silenceMs), { keepAlive: false });
    this.logger.info('feed open', { instruments: this.options.instruments.length, messages: this.messages.length });
    this.options.onOpen();
  }

  private look(socket: WebSocket, silenceMs: number): void {
    if (monotonicMs() - this.heardAt < silenceMs) socket.ping();
    else this.drop({ kind: 'silent', reason: `neither frame nor ping for ${silenceMs} ms` });
  }

  private received(frame: Buffer): void {
    this.heard();
    const { tally } = this;
    const read = decodeFrame(frame, this.visitor);
    tally.frames += 1;
    tally.packets += read.packets;
    tally.unknownPackets += read.unknown;
    tally.truncatedBytes += read.truncatedBytes;
    if (read.packets === 0 || this.verdict !== undefined) return;
    tally.lastPacketAtMonotonic = this.heardAt;
    tally.lastPacketAt = this.options.clock.now();
  }

  private heard(): void {
    this.heardAt = monotonicMs();
  }

  /** Ends the connection for a reason of our own; the rest happens when it has closed. */
  private drop(verdict: FeedFailure): void {
    this.verdict ??= verdict;
    this.socket?.terminate();
  }

  private endOf(code: number, error: Error | undefined): FeedFailure {
    if (this.phase !== 'open') return handshakeFailure(error);
    return { kind: 'closed', reason: error === undefined ? `closed with code ${code}` : error.message };
  }

  private failed(found: FeedFailure): void {
    const wasOpen = this.phase === 'open';
    this.release();
    this.tally.lastFailure = found;
    if (wasOpen && this.wasStable) this.waits.reset();
    if (found.kind === 'auth') this.rejectedToken = this.tokenInUse;
    this.phase = 'backoff';
    this.connectLater(found);
    if (wasOpen) this.ended(found.reason);
    else this.options.onFailure?.(found);
  }

  private connectLater({ kind, reason }: FeedFailure): void {
    const { broker, clock } = this.options;
    const connect = (): void => void this.connect();
    if (kind === 'no_plan') {
      this.backoff = clock.setTimer(clock.now() + broker.no_plan_retry_ms, connect);
      this.logger.error('feed refused: the account has no data plan', { reason, retryInMs: broker.no_plan_retry_ms });
      return;
    }
    const isRateLimit = kind === 'rate_limited';
    const waitMs = isRateLimit ? this.waits.longest() : this.waits.next();
    this.backoff = realTimer(waitMs, connect, { keepAlive: false });
    const what = isRateLimit ? 'feed refused by a rate limit' : 'feed lost';
    this.logger.warn(what, { kind, reason, failures: this.waits.failures, retryInMs: Math.round(waitMs) });
  }

  private ended(reason: string): void {
    this.tally.disconnects += 1;
    this.options.onClose(reason);
  }

  private release(): WebSocket | undefined {
    this.watch?.cancel();
    const { socket } = this;
    this.socket = undefined;
    return socket;
  }

  private get wasStable(): boolean {
    const heardMs = (this.tally.lastPacketAtMonotonic ?? Number.NEGATIVE_INFINITY) - this.openedAt;
    return heardMs >= 0 && monotonicMs() - this.openedAt >= this.options.broker.feed_stable_ms;
  }

  private get isStopped(): boolean {
    return this.phase === 'stopped';
  }
}
