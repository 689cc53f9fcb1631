import type { TradingDate } from '../time/ist.ts';

/** Exchange segments that RTP tracks, in the broker's spelling. */
export const SEGMENTS = ['NSE_EQ', 'IDX_I'] as const;
export type Segment = (typeof SEGMENTS)[number];

/** What decides an instrument's trading hours. `cas_share`: a share in the closing auction (its derivatives trade). */
export const INSTRUMENT_CLASSES = ['share', 'cas_share', 'index'] as const;
export type InstrumentClass = (typeof INSTRUMENT_CLASSES)[number];

/** An instrument as one day's scrip master describes it, before the store has numbered it. */
export interface InstrumentListing {
  readonly segment: Segment;
  /** The broker's id, unique within the segment only, and not for ever. */
  readonly securityId: string;
  readonly symbol: string;
  /** Empty for an index. */
  readonly isin: string;
  /** `EQ`, `BE`, …; empty for an index. */
  readonly series: string;
  readonly class: InstrumentClass;
  /** Smallest price step, paise. */
  readonly tickPaise: number;
}

/** A numbered instrument: identity is `instrumentId`; the listing holds from `validFrom` to `validTo` inclusive. */
export interface Instrument extends InstrumentListing {
  readonly instrumentId: number;
  readonly validFrom: TradingDate;
  /** `null` while current. */
  readonly validTo: TradingDate | null;
  /** First trading date whose minutes are owed. */
  readonly trackedFrom: TradingDate;
}
