/** The answer to an update of indicators: one JSON value a line, progress until a result or an error. */
import { RtpError } from '@rtp/core';
import { z } from 'zod';
import { errorBodySchema } from '../contract-schemas.ts';
import { storeClientErrors } from '../errors.ts';
import type { IndicatorUpdate, IndicatorUpdateProgress } from '../indicator-update.ts';

const count = z.int().min(0);

const lineSchema = z.union([
  z.strictObject({
    progress: z.object({ date: z.string().nullable(), done: count, total: count, changed: count }).readonly(),
  }),
  z.strictObject({ result: z.object({ dates: count, total: count, changed: count, resealed: count }).readonly() }),
  errorBodySchema,
]);

/** Reads the lines. Errors: the one in a line; RTP_STORE_ANSWER_INVALID; RTP_STORE_UNREACHABLE when the end is missing. */
export async function readUpdateLines(
  lines: AsyncIterable<string>,
  onProgress: (progress: IndicatorUpdateProgress) => void,
): Promise<IndicatorUpdate> {
  for await (const line of lines) {
    const parsed = parse(line);
    if ('progress' in parsed) onProgress(parsed.progress);
    else if ('result' in parsed) return parsed.result;
    else throw asError(parsed);
  }
  throw storeClientErrors.create('RTP_STORE_UNREACHABLE', 'The store ended before the update did.');
}

function parse(line: string): z.infer<typeof lineSchema> {
  try {
    return lineSchema.parse(JSON.parse(line));
  } catch (cause) {
    throw storeClientErrors.create('RTP_STORE_ANSWER_INVALID', 'The store gave an answer that cannot be read.', {
      cause,
    });
  }
}

function asError({ error }: z.infer<typeof errorBodySchema>): RtpError {
  return new RtpError(error.code, { summary: error.message, fix: error.fix }, error.message, { fix: error.fix });
}
