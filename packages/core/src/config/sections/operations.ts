import { z } from 'zod';

export const loggingSection = z.strictObject({
  level: z.enum(['error', 'warn', 'info', 'debug']).default('info').describe('Least severe lines that are kept.'),
  max_size_mb: z.int().min(1).default(20).describe('One log file is rotated at this size.'),
  keep_days: z.int().min(1).default(30).describe('Days a rotated log file is kept.'),
});

export const calendarSection = z.strictObject({
  file: z.string().min(1).default('config/calendar.json').describe("Relative to the project's folder."),
});
