import type { Instrument, Logger, MarketClock, RtpConfig, SessionCalendar } from '@rtp/core';
import type { DhanClient, FeedClient } from '@rtp/dhan';
import type { StoreClient } from '@rtp/store-client';
import type { HistoryPorts } from '../backfill/history-ports.ts';
import type { IndicatorDesk } from '../indicators/indicator-desk.ts';
import type { FeedHandlers } from '../sources/feed-source.ts';
import type { Gauges } from './gauges.ts';

/** Everything the phases of a day work with. */
export interface DayDependencies {
  readonly config: RtpConfig;
  readonly clock: MarketClock;
  readonly calendar: SessionCalendar;
  readonly logger: Logger;
  readonly store: StoreClient;
  readonly client: DhanClient;
  /** Makes the feed's client for these instruments, priority symbols first. */
  openFeed(instruments: readonly Instrument[], handlers: FeedHandlers): FeedClient;
  /** Takes batches to the store, indicators included. */
  readonly desk: IndicatorDesk;
  readonly gauges: Gauges;
  /** Null where nothing is kept of past dates: then no backfill is carried out, and no daily candle asked for. */
  readonly history: HistoryPorts | null;
}
