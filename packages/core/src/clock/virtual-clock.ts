import { z } from 'zod';
import type { EpochMs } from '../time/ist.ts';
import { AnchoredClock } from './anchored-clock.ts';
import { monotonicNs } from './real-time.ts';

/** The value every process computes virtual market time from; kept in the run folder. */
export const clockAnchorSchema = z
  .strictObject({
    /** Market instant at the anchor, epoch milliseconds. */
    marketOriginMs: z.number().int(),
    /** Machine monotonic nanoseconds at the anchor, as decimal text. */
    monotonicOriginNs: z.string().regex(/^\d+$/),
    /** Market seconds per real second. */
    speed: z.number().positive().max(3600),
    /** The market stands still at the origin until another anchor follows: the system is still starting. */
    held: z.boolean().optional(),
  })
  .readonly();
export type ClockAnchor = z.infer<typeof clockAnchorSchema>;

/** An anchor at which the market shows `marketOriginMs` right now. */
export function anchorNow(marketOriginMs: EpochMs, speed: number): ClockAnchor {
  return { marketOriginMs: Math.round(marketOriginMs), monotonicOriginNs: monotonicNs().toString(), speed };
}

/** Market time that runs at a multiple of real time from an anchor shared by all processes. */
export class VirtualClock extends AnchoredClock {
  readonly kind = 'virtual';
  private current: ClockAnchor;
  private originNs: bigint;

  constructor(anchor: ClockAnchor) {
    super();
    this.current = anchor;
    this.originNs = BigInt(anchor.monotonicOriginNs);
  }

  get speed(): number {
    return this.current.speed;
  }

  get anchor(): ClockAnchor {
    return this.current;
  }

  now(): EpochMs {
    if (this.current.held === true) return this.current.marketOriginMs;
    const elapsedMs = Number(monotonicNs() - this.originNs) / 1e6;
    return Math.floor(this.current.marketOriginMs + elapsedMs * this.current.speed);
  }

  /** Continues from another anchor; every pending wait follows. */
  reanchor(anchor: ClockAnchor): void {
    this.current = anchor;
    this.originNs = BigInt(anchor.monotonicOriginNs);
    this.rearm();
  }
}
