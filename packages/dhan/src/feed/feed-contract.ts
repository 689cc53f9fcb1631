import type { EpochMs, Logger, MarketClock, RtpConfig, Segment } from '@rtp/core';
import type { FeedPacketVisitor } from './packets.ts';

export interface FeedInstrument {
  readonly segment: Segment;
  readonly securityId: string;
}

/** Subscription request codes: 15 ticker, 17 quote, 21 full (wire §7.2). */
export type FeedMode = 15 | 17 | 21;

export type FeedState = 'idle' | 'connecting' | 'open' | 'backoff' | 'stopped';

/** Why a connection ended or was never made. */
export interface FeedFailure {
  readonly kind:
    | 'refused'
    | 'rate_limited'
    | 'auth'
    | 'no_plan'
    | 'token'
    | 'network'
    | 'closed'
    | 'silent'
    | 'reconnect';
  readonly reason: string;
}

export interface FeedStats {
  /** Connections that opened. */
  readonly connects: number;
  /** Connections that had opened and ended, `stop` included. */
  readonly disconnects: number;
  readonly packets: number;
  readonly frames: number;
  /** Packets of unknown codes, and bytes at frame ends too short for a packet. */
  readonly unknownPackets: number;
  readonly truncatedBytes: number;
  /** Monotonic ms of the last frame that held a packet; null before the first. */
  readonly lastPacketAtMonotonic: number | null;
  /** The same instant on the market clock. */
  readonly lastPacketAt: EpochMs | null;
  readonly lastFailure: FeedFailure | null;
}

export interface FeedOptions {
  readonly broker: RtpConfig['broker'];
  /** In subscription order: priority symbols first. */
  readonly instruments: readonly FeedInstrument[];
  /** Asked before every connection; `rejected` names a token that the feed has refused. */
  readonly token: (rejected?: string) => Promise<{ readonly token: string; readonly clientId: string }>;
  readonly clock: MarketClock;
  readonly logger: Logger;
  readonly visitor: FeedPacketVisitor;
  /** The socket is open and every subscription has been sent: the next packets are baselines. */
  onOpen(): void;
  /** A connection that had opened has ended. */
  onClose(reason: string): void;
  /** A connection could not be made. */
  onFailure?(failure: FeedFailure): void;
  readonly mode?: FeedMode;
}

export interface FeedClient {
  start(): void;
  stop(): Promise<void>;
  /** Drops the connection and makes a new one after the usual back-off: for a socket that is open but stale. */
  reconnect(reason: string): void;
  /** Ends these subscriptions and makes them anew on an open connection: for instruments that alone are silent. */
  resubscribe(instruments: readonly FeedInstrument[]): void;
  readonly state: FeedState;
  readonly stats: FeedStats;
}
