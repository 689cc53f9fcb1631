import type { AbsenceReason, SimulatorFault } from '@rtp/core';

/** One simulated session under faults, and how it must end. */
export interface SessionSpec {
  readonly name: string;
  readonly faults: readonly SimulatorFault[];
  /** Seeds the faults' randomness and the generated day. */
  readonly seed: number;
  readonly symbols: number;
  /** First minute and end of the session, IST. */
  readonly from: string;
  readonly to: string;
  /** Market seconds a real second. */
  readonly speed: number;
  /**
   * `exact`: complete, every bar the official candle. `open`: the broker never gave the official candles; what is stored
   * are live bars, and every minute still owed says why, with one of `openReasons`.
   */
  readonly ends: 'exact' | 'open';
  readonly openReasons?: readonly AbsenceReason[];
  /** Whether every fault of it must have struck; false where chance decides. */
  readonly mustStrike?: boolean;
}

/** What came out of a session. */
export interface SessionResult {
  readonly name: string;
  /** What is not as it must be; empty when all is well. */
  readonly problems: readonly string[];
  readonly expected: number;
  readonly bars: number;
  /** Minutes without a bar, by reason. */
  readonly absences: Readonly<Record<string, number>>;
  /** Stored revisions, by source. */
  readonly revisions: Readonly<Record<string, number>>;
  /** Times each fault struck. */
  readonly struck: Readonly<Record<string, number>>;
  readonly chartCalls: number;
  readonly quoteCalls: number;
  /** Most chart calls within a second of market time. */
  readonly chartCallsPeak: number;
  /** Calls beyond a documented limit of the broker, of every kind. */
  readonly breaches: number;
  /** Real seconds it took. */
  readonly seconds: number;
}
