import type { EpochMs } from '@rtp/core';
import { z } from 'zod';
import { failure } from '../wire/failure-kind.ts';
import { istTextToEpoch } from '../wire/ist-text.ts';

/** What the broker says about the account. `dataPlanActive` is a claim, not a proof of service (wire §2.2). */
export interface Profile {
  readonly clientId: string;
  readonly tokenValidUntil: EpochMs | null;
  readonly activeSegments: readonly string[];
  readonly dataPlanActive: boolean;
  readonly dataPlanValidUntil: EpochMs | null;
}

const wireProfile = z.object({
  dhanClientId: z.coerce.string(),
  tokenValidity: z.string().default(''),
  activeSegment: z.string().default(''),
  dataPlan: z.string().default(''),
  dataValidity: z.string().nullish(),
});

/** Reads the answer of `GET /profile`. Errors: RTP_DHAN_MALFORMED. */
export function readProfile(body: unknown): Profile {
  const parsed = wireProfile.safeParse(body);
  if (!parsed.success) throw failure('malformed', `The profile answer is not usable: ${z.prettifyError(parsed.error)}`);
  const { dhanClientId, tokenValidity, activeSegment, dataPlan, dataValidity } = parsed.data;
  return Object.freeze({
    clientId: dhanClientId,
    tokenValidUntil: istTextToEpoch(tokenValidity),
    activeSegments: Object.freeze(
      activeSegment
        .split(',')
        .map((name) => name.trim())
        .filter((name) => name !== ''),
    ),
    dataPlanActive: /^active$/i.test(dataPlan),
    dataPlanValidUntil: istTextToEpoch(dataValidity ?? ''),
  });
}
