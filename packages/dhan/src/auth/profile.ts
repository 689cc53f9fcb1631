import type { EpochMs } from '@rtp/core';

/** What the broker says about the account. `dataPlanActive` is a claim, not a proof of service (reference §2.2). */
export interface Profile {
  readonly clientId: string;
  readonly tokenValidUntil: EpochMs | null;
  readonly activeSegments: readonly string[];
  readonly dataPlanActive: boolean;
  readonly dataPlanValidUntil: EpochMs | null;
}
