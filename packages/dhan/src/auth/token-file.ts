import type { EpochMs } from '@rtp/core';
import { z } from 'zod';
import { readPrivateJson, writePrivateJson } from '../wire/private-file.ts';

const schema = z
  .object({
    clientId: z.string(),
    /** Null while the first mint is under way. */
    token: z.string().nullable(),
    expiresAt: z.number().int().nullable(),
    /** Market instant of the last mint that may have counted with the broker, whatever became of it. */
    mintedAt: z.number().int().nullable(),
  })
  .readonly();
export type TokenRecord = z.infer<typeof schema>;

/** Tolerance for a file stamped by the same clock a moment ahead. */
const AHEAD_MS = 1_000;

/** The record for `clientId`; null where there is none, or it was written under a clock that is ahead of `now`. */
export function readTokenFile(file: string, clientId: string, now: EpochMs): TokenRecord | null {
  const parsed = schema.safeParse(readPrivateJson(file));
  if (!parsed.success || parsed.data.clientId !== clientId) return null;
  const { mintedAt } = parsed.data;
  return mintedAt !== null && mintedAt > now + AHEAD_MS ? null : parsed.data;
}

export const writeTokenFile = (file: string, record: TokenRecord): void => writePrivateJson(file, record);
