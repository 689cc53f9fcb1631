import { z } from 'zod';

/** What is done about bad health, step by step. */
export const recoverySection = z.strictObject({});

/** Work that recurs on the market clock. */
export const jobsSection = z.strictObject({});
