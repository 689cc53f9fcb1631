import { z } from 'zod';
import { checkAcrossKeys } from './cross-checks.ts';
import { brokerSection } from './sections/broker.ts';
import { controlApiSection } from './sections/control-api.ts';
import { monitorSection } from './sections/monitor.ts';
import { calendarSection, loggingSection } from './sections/operations.ts';
import { performanceSection, pipelineSection } from './sections/pipeline.ts';
import { jobsSection, recoverySection } from './sections/scheduler.ts';
import { simulatorSection } from './sections/simulator.ts';
import { dataApiSection, storeSection } from './sections/store.ts';
import { supervisionSection } from './sections/supervision.ts';

/** The whole configuration. Every key has a default; unknown keys are errors. */
export const configSchema = z
  .strictObject({
    source: z.enum(['dhan', 'simulator']).default('dhan').describe('Who is asked for market data.'),
    data_dir: z.string().min(1).default('data').describe("Relative to the project's folder."),
    broker: brokerSection.prefault({}),
    performance: performanceSection.prefault({}),
    pipeline: pipelineSection.prefault({}),
    store: storeSection.prefault({}),
    data_api: dataApiSection.prefault({}),
    control_api: controlApiSection.prefault({}),
    monitor: monitorSection.prefault({}),
    supervision: supervisionSection.prefault({}),
    recovery: recoverySection.prefault({}),
    jobs: jobsSection.prefault({}),
    calendar: calendarSection.prefault({}),
    logging: loggingSection.prefault({}),
    simulator: simulatorSection.prefault({}),
  })
  .superRefine(checkAcrossKeys);

/** The effective configuration, deeply frozen once loaded. */
export type RtpConfig = z.infer<typeof configSchema>;

/** The configuration with every default. */
export const defaultConfig = (): RtpConfig => configSchema.parse({});
