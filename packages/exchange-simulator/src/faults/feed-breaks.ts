import type { EpochMs, MarketClock, MarketTimer } from '@rtp/core';
import type { TokenDesk } from '../auth/token-desk.ts';
import { DISCONNECT_REASONS } from '../feed/packets.ts';
import type { FaultSchedule } from './fault-schedule.ts';
import type { Scheduled, ScheduledFault } from './scheduled-fault.ts';

/** What can be done to the feed's sockets, all at once. Each tells how many there were. */
export interface BreakableSockets {
  /** Cut without a close frame. */
  drop(): number;
  /** Packet 50 with the reason, then closed. */
  disconnect(reason: number): number;
  reset(): number;
  resetMidFrame(): number;
  /** Left open and dead. */
  freeze(): number;
  /** Ends the dead ones, and handshakes that were left without an answer. */
  endFrozen(): void;
}

/** What becomes of a handshake: turned away with HTTP 429, left without an answer, or accepted only to hear reason 806. */
export type HandshakeFate = 'refused' | 'unanswered' | 'no_data_plan';

type RepeatedFault = 'feed_disconnect_805' | 'feed_reset' | 'feed_reset_mid_frame';

/** Faults that end sockets and turn handshakes away, and the loss of the token, which ends sockets too. */
export class FeedBreaks {
  private readonly clock: MarketClock;
  private readonly faults: FaultSchedule;
  /** The next time of those that come again and again. */
  private readonly next = new Map<ScheduledFault, MarketTimer>();

  constructor(clock: MarketClock, faults: FaultSchedule, tokens: TokenDesk, sockets: BreakableSockets) {
    this.clock = clock;
    this.faults = faults;
    const once = (fault: ScheduledFault, breaks: () => number): void => {
      if (fault.draw() && breaks() > 0) fault.strike();
    };
    faults.onBegin('feed_refused', (fault) => once(fault, () => sockets.drop()));
    faults.onBegin('feed_half_open', (fault) => once(fault, () => sockets.freeze()));
    faults.onEnd('feed_half_open', () => sockets.endFrozen());
    faults.onBegin('data_plan_lapsed', (fault) => once(fault, () => sockets.disconnect(DISCONNECT_REASONS.noDataPlan)));
    faults.onBegin('token_invalidated', (fault) => {
      if (!fault.draw() || !tokens.invalidate()) return;
      fault.strike();
      sockets.disconnect(fault.fault.reason);
    });
    this.repeat('feed_reset', () => sockets.reset());
    this.repeat('feed_reset_mid_frame', () => sockets.resetMidFrame());
    this.repeat('feed_disconnect_805', () => sockets.disconnect(DISCONNECT_REASONS.tooManyConnections));
  }

  /** What becomes of a handshake now; undefined: it is answered as always. */
  handshakeFate(): HandshakeFate | undefined {
    const { faults } = this;
    if (faults.strike('feed_refused') !== undefined) return 'refused';
    const half = faults.drawWhere('feed_half_open', ({ fault }) => fault.refuseNew);
    if (half !== undefined) {
      half.strike();
      return 'unanswered';
    }
    const lapsed = faults.strike('data_plan_lapsed');
    if (lapsed === undefined) return undefined;
    return lapsed.fault.feed === 'handshake_429' ? 'refused' : 'no_data_plan';
  }

  private repeat(name: RepeatedFault, breaks: () => number): void {
    const strike = (fault: Scheduled<RepeatedFault>, at: EpochMs): void => {
      if (fault.draw() && breaks() > 0) fault.strike();
      const { everyMs } = fault.fault;
      if (everyMs === null) return;
      const then = at + everyMs;
      this.next.set(
        fault,
        this.clock.setTimer(then, () => strike(fault, then)),
      );
    };
    this.faults.onBegin(name, (fault) => strike(fault, fault.beginsMs));
    this.faults.onEnd(name, (fault) => {
      this.next.get(fault)?.cancel();
      this.next.delete(fault);
    });
  }
}
