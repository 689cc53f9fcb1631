import type { EpochMs, PipelineReport, TradingDate } from '@rtp/core';
import { LatencyWindow } from '../delivery/latency-window.ts';

/** Minutes over which seal-to-acknowledgement percentiles are taken. */
const LATENCY_MINUTES = 400;

/** What the pipeline counts about itself; reports are read from here. */
export class Gauges {
  phase: PipelineReport['phase'] = 'prepare';
  tradingDate: TradingDate = '';
  symbols = 0;
  lastSealedMinute: EpochMs | null = null;
  minutesSealed = 0;
  lastDataUpdate: EpochMs | null = null;
  barsWritten = 0;
  corrections = 0;
  /** Candles outside expected minutes; the feed's trades are counted by the bar builder. */
  candlesOutOfSession = 0;
  /** Failures other than broker calls. */
  errors = 0;
  sweepDone = 0;
  sweepTotal = 0;
  sealed = false;
  /** What the scrip master says of the universe that the owner should know. */
  universeWarnings: string[] = [];
  /** Named degraded conditions in force. */
  readonly degraded = new Map<string, string>();
  readonly sealToAck = new LatencyWindow(LATENCY_MINUTES);

  /** Sets or, with an empty text, clears a degraded condition. */
  setDegraded(name: string, text: string): void {
    if (text === '') this.degraded.delete(name);
    else this.degraded.set(name, text);
  }
}
