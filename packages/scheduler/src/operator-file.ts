import { readFileSync, rmSync } from 'node:fs';
import { describeError, type Logger, replaceFile } from '@rtp/core';
import { z } from 'zod';
import type { OperatorOverride } from './pipeline-control.ts';

const overrideSchema = z
  .strictObject({
    version: z.literal(1),
    wanted: z.enum(['up', 'down']),
    since: z.int(),
    until: z.int().nullable(),
    by: z.string(),
  })
  .transform(({ wanted, since, until, by }): OperatorOverride => Object.freeze({ wanted, since, until, by }));

/** Where an operator's wish outlives the processes. */
export interface OperatorMemory {
  /** Null when there is none. */
  read(): OperatorOverride | null;
  /** Null forgets it. Errors: those of the file system. */
  write(override: OperatorOverride | null): void;
}

/** An operator's wish as a file of mode 0600. A file that is none is logged and counts as no wish. */
export function operatorFile(file: string, logger: Logger): OperatorMemory {
  return {
    read: () => {
      let text: string;
      try {
        text = readFileSync(file, 'utf8');
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT') {
          logger.warn("the operator's wish cannot be read", { file, error: describeError(error) });
        }
        return null;
      }
      try {
        return overrideSchema.parse(JSON.parse(text));
      } catch (error) {
        logger.warn("a damaged file of the operator's wish is ignored", { file, error: describeError(error) });
        return null;
      }
    },
    write: (override) => {
      if (override === null) rmSync(file, { force: true });
      else replaceFile(file, Buffer.from(`${JSON.stringify({ version: 1, ...override })}\n`));
    },
  };
}
