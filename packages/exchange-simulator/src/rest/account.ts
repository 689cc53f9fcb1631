import { DAY_MS, type EpochMs, IST_OFFSET_MS, type MarketClock } from '@rtp/core';
import { MINTED_TOO_SOON, type TokenDesk } from '../auth/token-desk.ts';
import type { Counters } from '../counters.ts';
import { SIMULATOR_CREDENTIALS } from '../credentials.ts';
import type { FaultSchedule } from '../faults/fault-schedule.ts';
import { type Answer, ERRORS, json, mintError } from './answers.ts';
import { istDateTime } from './quotes.ts';

/** How long the data plan has been paid for. */
const DATA_PLAN_MS = 25 * DAY_MS;

/** Token minting and renewal, and the profile (wire §2.2). */
export class Account {
  private readonly tokens: TokenDesk;
  private readonly clock: MarketClock;
  private readonly faults: FaultSchedule;
  private readonly counters: Counters;

  constructor(tokens: TokenDesk, clock: MarketClock, faults: FaultSchedule, counters: Counters) {
    this.tokens = tokens;
    this.clock = clock;
    this.faults = faults;
    this.counters = counters;
  }

  /** `POST /app/generateAccessToken`: credentials in the query, failures as HTTP 200. */
  mint(query: URLSearchParams): Answer {
    if (this.faults.strike('mint_throttled') !== undefined) return mintError(MINTED_TOO_SOON);
    const clientId = query.get('dhanClientId') ?? '';
    const minted = this.tokens.mint(clientId, query.get('pin') ?? '', query.get('totp') ?? '');
    if ('refusal' in minted) {
      if (minted.refusal === MINTED_TOO_SOON) this.counters.mintSpacingBreaches += 1;
      return mintError(minted.refusal);
    }
    this.counters.tokensMinted += 1;
    return json(200, {
      dhanClientId: clientId,
      dhanClientName: 'SIMULATED CLIENT',
      dhanClientUcc: 'SIMUL12345E',
      givenPowerOfAttorney: false,
      accessToken: minted.token,
      expiryTime: istWallTime(minted.expiresAt),
    });
  }

  /** `GET /v2/RenewToken`: only tokens made by hand on the web are renewed, and there are none here. */
  renew(method: string): Answer {
    return method === 'GET' ? ERRORS.renewRefused : ERRORS.missingFields;
  }

  /** `GET /v2/profile`. */
  profile(): Answer {
    const now = this.clock.now();
    return json(200, {
      dhanClientId: SIMULATOR_CREDENTIALS.clientId,
      tokenValidity: istDateTime(this.tokens.expiresAt ?? now).slice(0, 16),
      activeSegment: 'E, D, C, M, ',
      ddpi: 'Active',
      mtf: 'Active',
      dataPlan: 'Active',
      dataValidity: `${istWallTime(now + DATA_PLAN_MS)
        .slice(0, 19)
        .replace('T', ' ')}.0`,
    });
  }
}

/** IST wall time without a zone, as the broker writes expiry times. */
function istWallTime(instant: EpochMs): string {
  return new Date(instant + IST_OFFSET_MS).toISOString().slice(0, 23);
}
