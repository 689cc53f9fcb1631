import {
  type EpochMs,
  HEALTH_PARTS,
  type HealthScore,
  istIso,
  type PipelineReport,
  type SystemStatus,
} from '@rtp/core';
import { z } from 'zod';
import type { CutReason } from './event-stream.ts';

/** What the metrics are made of. */
export interface MetricsInputs {
  readonly score: HealthScore;
  readonly system: SystemStatus | null;
  readonly report: PipelineReport | null;
  readonly errorRate: number | null;
  readonly lastDataUpdate: EpochMs | null;
  readonly dataAgeMs: number | null;
  /** Minutes sealed for every minute of the market's, over the last ones; null out of session. */
  readonly updateFrequency: number | null;
  readonly eventClients: number;
  readonly eventClientsCut: ReadonlyMap<CutReason, number>;
}

const healthScoreSchema = z
  .object({
    score: z.int().min(0).max(100),
    parts: z.array(z.object({ part: z.enum(HEALTH_PARTS), points: z.number(), of: z.number(), reason: z.string() })),
    capped_by: z.array(z.string()),
  })
  .meta({ id: 'HealthScore', description: 'The score with its parts, and the reason for every point that is lost.' });

export const metricsSchema = z
  .object({
    pipeline_stats: z.object({
      health_score: z.int().min(0).max(100),
      symbols_processed: z.int(),
      /** Failed calls of all, 0 to 1. */
      error_rate: z.number().min(0),
      last_data_update: z.iso.datetime({ offset: true }).nullable(),
      update_frequency: z.number().nullable(),
    }),
    health: healthScoreSchema,
    data_age_seconds: z.number().nullable(),
    components: z.array(
      z.object({
        name: z.string(),
        state: z.string(),
        restarts: z.int(),
        deaths: z.int(),
        pss_bytes: z.number().nullable(),
        cpu_seconds: z.number().nullable(),
        loop_lag_seconds: z.number().nullable(),
      }),
    ),
    events: z.object({ clients: z.int(), clients_cut: z.record(z.string(), z.int()) }),
  })
  .meta({ id: 'Metrics' });
export type MetricsView = z.infer<typeof metricsSchema>;

export function healthScoreView({ score, parts, cappedBy }: HealthScore): MetricsView['health'] {
  return { score, parts: parts.map((part) => ({ ...part })), capped_by: [...cappedBy] };
}

/** The answer of `GET /metrics` as JSON. */
export function metricsView(inputs: MetricsInputs): MetricsView {
  const { score, system, report, errorRate, lastDataUpdate, dataAgeMs } = inputs;
  return {
    pipeline_stats: {
      health_score: score.score,
      symbols_processed: report?.symbols ?? 0,
      error_rate: errorRate ?? 0,
      last_data_update: lastDataUpdate === null ? null : istIso(lastDataUpdate),
      update_frequency: inputs.updateFrequency,
    },
    health: healthScoreView(score),
    data_age_seconds: dataAgeMs === null ? null : dataAgeMs / 1_000,
    components:
      system?.components.map(({ component, state, restarts, deaths, pssBytes, cpuSeconds, loopLagMs }) => ({
        name: component,
        state,
        restarts,
        deaths,
        pss_bytes: pssBytes,
        cpu_seconds: cpuSeconds,
        loop_lag_seconds: loopLagMs === null ? null : loopLagMs / 1_000,
      })) ?? [],
    events: { clients: inputs.eventClients, clients_cut: Object.fromEntries(inputs.eventClientsCut) },
  };
}
