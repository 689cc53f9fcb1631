import { type ErrorSpec, RtpError } from '@rtp/core';
import { managerErrors } from '../errors.ts';
import type { ChildExit } from './child-handle.ts';
import type { RunResult } from './child-run.ts';

const CODE_LINE = /^(RTP_[A-Z0-9_]+): (.*)$/;

/** A dead child's own error as it printed it: code, message, what to do. Null when it named none. */
export function namedError(
  stderr: readonly string[],
): { readonly code: string; readonly message: string; readonly fix: string | null } | null {
  for (let index = stderr.length - 1; index >= 0; index -= 1) {
    const match = CODE_LINE.exec(stderr[index] as string);
    if (match !== null) {
      const rest = stderr.slice(index + 1).filter((line) => line.trim() !== '');
      return { code: match[1] as string, message: match[2] as string, fix: rest.at(-1) ?? null };
    }
  }
  return null;
}

/** How a child ended, in one phrase, with the reason it printed. */
export function describeExit(exit: ChildExit, stderr: readonly string[]): string {
  const how = exit.signal !== null ? `killed by ${exit.signal}` : `exit code ${exit.exitCode ?? 'unknown'}`;
  const named = namedError(stderr);
  if (named !== null) return `${how}: ${named.code}: ${named.message}`;
  const last = errorLine(stderr);
  return last === undefined || exit.exitCode === 0 ? how : `${how}: ${last}`;
}

/** How a run ended, in one phrase, the supervisor's own verdict first. */
export function describeEnd(result: Pick<RunResult, 'exit' | 'stderr' | 'verdict'>): string {
  const how = describeExit(result.exit, result.stderr);
  return result.verdict === null ? how : `${result.verdict}, ${how}`;
}

/** The error with which a system that lost an indispensable child does not start. */
export function errorOfDeadChild(component: string, exit: ChildExit, stderr: readonly string[]): RtpError {
  const named = namedError(stderr);
  if (named === null) {
    return managerErrors.create('RTP_CHILD_FAILED', `${component} does not start: ${describeExit(exit, stderr)}`);
  }
  const { summary, fix } = managerErrors.specs.RTP_CHILD_FAILED;
  const exitCode = (exit.exitCode || 1) as NonNullable<ErrorSpec['exitCode']>;
  return new RtpError(named.code, { summary, fix: named.fix ?? fix, exitCode }, named.message);
}

/** Of an uncaught exception's lines the one that says what it was. */
function errorLine(stderr: readonly string[]): string | undefined {
  const lines = stderr.map((line) => line.trim()).filter((line) => line !== '');
  return lines.findLast((line) => /^(\w*Error\b|Error:)/.test(line)) ?? lines.at(-1);
}
