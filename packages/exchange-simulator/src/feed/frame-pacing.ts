import type { MarketClock } from '@rtp/core';
import { Random } from '../random.ts';

/** Above this market speed frames are filled for throughput, below it they look like the broker's. */
const FAST_MARKET = 20;
const USUAL_PACKETS = 5;

/** How many packets the next frame takes: 1 to 5 at random as on the real feed, many when the market runs fast. */
export class FramePacing {
  private readonly clock: MarketClock;
  private readonly maxPackets: number;
  private readonly random = new Random(1);

  constructor(clock: MarketClock, maxPackets: number) {
    this.clock = clock;
    this.maxPackets = maxPackets;
  }

  capacity(): number {
    if (this.clock.speed > FAST_MARKET) return this.maxPackets;
    return Math.min(this.maxPackets, 1 + this.random.below(USUAL_PACKETS));
  }
}
