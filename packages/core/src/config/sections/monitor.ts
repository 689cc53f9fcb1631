import { z } from 'zod';

export const monitorSection = z.strictObject({
  enabled: z.boolean().default(true).describe('Whether the monitor runs.'),
  sample_interval_ms: z.int().min(100).default(5_000).describe('Real time between two samples.'),
  coverage_interval_ms: z
    .int()
    .min(100)
    .default(30_000)
    .describe('Least real time between two coverage questions to the store.'),
  proof_interval_ms: z
    .int()
    .min(1_000)
    .default(60_000)
    .describe('Market time between two looks for sealed days whose indicators are not proved.'),
  proof_interval_floor_ms: z.int().min(0).default(2_000).describe('Least real time between two such looks.'),
  proof_delay_ms: z
    .int()
    .min(0)
    .default(600_000)
    .describe('Market time from finding such a day to its proof: others may prove it meanwhile.'),
  proof_delay_floor_ms: z.int().min(0).default(20_000).describe('Least real time of that delay.'),
  proof_margin_ms: z
    .int()
    .min(0)
    .default(2_700_000)
    .describe('No proof begins in a session or this close before one; market time.'),
  proof_days: z.int().min(1).default(5).describe('Newest sealed days that are looked at: proofs that were missed.'),
  proof_timeout_ms: z.int().min(1_000).default(3_600_000).describe('Real time after which a proof is given up.'),
  report_timeout_ms: z
    .int()
    .min(100)
    .default(300_000)
    .describe('Real time after which a report that was ordered is given up.'),
  proof_retry_ms: z
    .int()
    .min(1_000)
    .default(900_000)
    .describe('Market time until a proof is tried again that came to no end.'),
});
