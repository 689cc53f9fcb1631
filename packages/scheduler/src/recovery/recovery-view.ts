import { istIso } from '@rtp/core';
import type { Recovery } from './recovery.ts';

/** What is and was done about bad health, as `/status` tells it: plain JSON, keys in snake_case, newest episode first. */
export function recoveryView({
  text,
  episodes,
}: Pick<Recovery, 'text' | 'episodes'>): Readonly<Record<string, unknown>> {
  return {
    text,
    episodes: episodes.toReversed().map(({ beganAt, endedAt, durationMs, end, signals, steps, isExhausted }) => ({
      began_at: istIso(beganAt),
      ended_at: endedAt === null ? null : istIso(endedAt),
      duration_seconds: Math.round(durationMs / 1_000),
      end,
      signals,
      steps: steps.map(({ step, at, answer }) => ({ step, at: istIso(at), answer })),
      exhausted: isExhausted,
    })),
  };
}
