import { configProblems, describeError, type FaultPlan, faultPlanSchema, readJsonc } from '@rtp/core';
import { simulatorErrors } from '../errors.ts';

/** Reads a schedule from a file: JSON, comments allowed. Errors: RTP_SIMULATOR_FAULTS_INVALID. */
export function readFaultFile(file: string): FaultPlan {
  let content: unknown;
  try {
    content = readJsonc(file);
  } catch (cause) {
    throw invalid(`${file}: ${describeError(cause)}`);
  }
  return parseFaultPlan(content);
}

/** A schedule, checked, with its defaults. Errors: RTP_SIMULATOR_FAULTS_INVALID, every problem with its field. */
export function parseFaultPlan(content: unknown): FaultPlan {
  const parsed = faultPlanSchema.safeParse(content);
  if (parsed.success) return parsed.data;
  throw invalid(configProblems(faultPlanSchema, parsed.error, content, () => undefined).join('; '));
}

function invalid(problem: string): Error {
  return simulatorErrors.create('RTP_SIMULATOR_FAULTS_INVALID', `${problem}.`);
}
