import { readFileSync } from 'node:fs';
import { type EpochMs, istTimeOf, type PipelineReport, type SessionCalendar, tradingDateOf } from '@rtp/core';
import { z } from 'zod';
import type { JobOutcome } from '../job-runner.ts';

/** What the check reads of the pipeline's token file; the broker client owns it. */
const tokenFileSchema = z.object({ expiresAt: z.number().nullable(), mintedAt: z.number().nullable() });

const BY_HAND = 'Put a fresh DHAN_API_TOKEN, or DHAN_PIN and DHAN_TOTP_SECRET, into .env and start RTP again.';

export interface TokenCheckInputs {
  readonly now: EpochMs;
  readonly calendar: SessionCalendar;
  /** The newest report of a pipeline; null when none has spoken yet. */
  readonly report: Pick<PipelineReport, 'tokenExpiresAt' | 'tokenWarning'> | null;
  /** Whether that pipeline still runs. */
  readonly isRunning: boolean;
  readonly tokenFile: string;
}

/** How long the access token lasts, by the pipeline's word or its token file. The broker is not asked. */
export function checkToken({ now, calendar, report, isRunning, tokenFile }: TokenCheckInputs): JobOutcome {
  if (isRunning && report !== null && report.tokenWarning !== '') return warning(report.tokenWarning);
  const stored = readTokenFile(tokenFile);
  const expiresAt = report?.tokenExpiresAt ?? stored?.expiresAt ?? null;
  // A token that was minted before can be minted again.
  const isRenewable = stored !== null && stored.mintedAt !== null;
  if (expiresAt === null) {
    if (isRenewable) return { result: 'ok', text: 'There is no token; the pipeline mints one when it starts.' };
    return { result: 'skipped', text: 'No pipeline has run yet, and a token given by hand is known to it alone.' };
  }
  const neededUntil = calendar.nextClose(now);
  const end = `${expiresAt <= now ? 'ended on' : 'lasts until'} ${shortTime(expiresAt)}`;
  if (neededUntil === null || expiresAt >= neededUntil) return { result: 'ok', text: `The token ${end}.` };
  if (isRenewable) return { result: 'ok', text: `The token ${end}; the pipeline renews it before the session.` };
  return warning(
    `The token ${end}, before the close of the next session on ${shortTime(neededUntil)}, and is renewed by hand. ${BY_HAND}`,
  );
}

const warning = (text: string): JobOutcome => ({ result: 'warning', text });

function readTokenFile(file: string): z.infer<typeof tokenFileSchema> | null {
  try {
    return tokenFileSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    return null;
  }
}

const shortTime = (instant: EpochMs): string => `${tradingDateOf(instant)} ${istTimeOf(instant).slice(0, 5)} IST`;
