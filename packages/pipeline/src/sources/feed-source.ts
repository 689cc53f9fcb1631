/**
 * The live feed as a source: one socket, watched as a whole.
 *
 *   down ──a packet──▶ flowing ──no packet for longer than the stall limit while something trades──▶ mute
 *     ▲                   └──connection ends──▶ down                                                   │
 *     └──────────────────── the connection is made anew ◀──────────────────────────────────────────────┘
 *
 * Between windows, and when only instruments whose session is over are left, silence is right. A thin universe is given
 * several of its own mean gaps before its silence means anything.
 */
import { type EpochMs, type MarketClock, monotonicMs, type RtpConfig } from '@rtp/core';
import type { FeedClient, FeedFailure } from '@rtp/dhan';
import type { BarBuilder } from '../bars/bar-builder.ts';
import type { LiveSource, SourceHealth } from './live-source.ts';

/** Silence of this many mean packet gaps is ordinary. */
const ORDINARY_GAPS = 20;

/** The part of the feed client's options that a source fills in. */
export interface FeedHandlers {
  readonly builder: BarBuilder;
  onOpen(): void;
  onClose(reason: string): void;
  onFailure(failure: FeedFailure): void;
}
export type OpenFeed = (handlers: FeedHandlers) => FeedClient;

export interface FeedSourceOptions {
  readonly clock: MarketClock;
  readonly config: RtpConfig['pipeline'];
  readonly builder: BarBuilder;
  readonly open: OpenFeed;
  /** Since when something tracked has been trading without a break; null while nothing is. */
  tradingSince(now: EpochMs): EpochMs | null;
  /** How far trades may lag behind, market ms. */
  lagMs(): number;
  /** A connection is up: gaps can be settled. */
  onConnected(at: EpochMs): void;
}

export class FeedSource implements LiveSource {
  readonly name = 'feed';
  private readonly options: FeedSourceOptions;
  private readonly client: FeedClient;
  /** Why there is no connection; empty before the first attempt has ended. */
  private failure = '';
  /** Market and real time since which the connection is up; null while it is down. */
  private connected: { readonly at: EpochMs; readonly real: number } | null = null;
  private packetsSeen = 0;
  private packetAt: EpochMs = Number.NEGATIVE_INFINITY;
  /** When silence began to count: the last packet, or the start of trading. */
  private heard: { readonly at: EpochMs; readonly real: number };

  constructor(options: FeedSourceOptions) {
    const { builder, clock } = options;
    this.options = options;
    this.heard = { at: clock.now(), real: monotonicMs() };
    this.client = options.open({
      builder,
      onOpen: () => {
        const at = clock.now();
        this.connected = { at, real: monotonicMs() };
        builder.connected(at);
        options.onConnected(at);
      },
      onClose: (reason) => {
        this.connected = null;
        this.failure = reason;
        builder.lost(clock.now() - options.lagMs());
      },
      onFailure: (failure) => {
        this.failure = failure.reason;
      },
    });
  }

  start(): void {
    this.client.start();
  }

  stop(): Promise<void> {
    return this.client.stop();
  }

  health(now: EpochMs): SourceHealth {
    const { builder, config } = this.options;
    if (builder.packets > this.packetsSeen) {
      this.packetsSeen = builder.packets;
      this.packetAt = now;
    }
    const isDown = this.connected === null && this.failure !== '';
    const downReason = `feed down: ${this.failure}`;
    const since = this.options.tradingSince(now);
    if (since === null) return { isUp: !isDown, reason: isDown ? downReason : '' };
    const heardAt = Math.max(this.packetAt, since, this.heard.at);
    if (heardAt > this.heard.at) this.heard = { at: heardAt, real: monotonicMs() };
    const limitMs = this.stallMs(now - since);
    if (!isOver(this.heard, now, limitMs, config.feed_stall_floor_ms)) {
      const isUp = !isDown || this.packetAt > Number.NEGATIVE_INFINITY;
      return { isUp, reason: isUp ? '' : downReason };
    }
    const silentFor = `for ${Math.round((now - heardAt) / 1_000)} s`;
    if (this.connected !== null && isOver(this.connected, now, limitMs, config.feed_stall_floor_ms)) {
      this.connected = null;
      this.failure = 'silent';
      builder.lost(heardAt - this.options.lagMs());
      this.client.reconnect(`feed silent ${silentFor}`);
    }
    return { isUp: false, reason: isDown ? `${downReason}, ${silentFor}` : `feed silent ${silentFor}` };
  }

  private stallMs(tradingMs: number): number {
    const meanGapMs = this.packetsSeen === 0 ? 0 : tradingMs / this.packetsSeen;
    return Math.max(this.options.config.feed_stall_ms, ORDINARY_GAPS * meanGapMs);
  }
}

/** Whether both the market and the real clock have gone on for long enough since `start`. */
function isOver(
  start: { readonly at: EpochMs; readonly real: number },
  now: EpochMs,
  marketMs: number,
  realMs: number,
): boolean {
  return now - start.at >= marketMs && monotonicMs() - start.real >= realMs;
}
