import type { CommanderError } from 'commander';

/** EX_USAGE of sysexits.h. */
export const USAGE_EXIT_CODE = 64;

/** An RtpError, told by its shape: importing its class would cost `--help` its speed. */
interface NamedError extends Error {
  readonly code: string;
  readonly fix: string;
  readonly exitCode: number;
}

/** The one place that tells a person about a failure: `CODE: message`, then what to do. Returns the exit code. */
export function printError(error: unknown, env: NodeJS.ProcessEnv = process.env): number {
  const { lines, exitCode } = describe(error);
  process.stderr.write(`${lines.filter((line) => line !== '').join('\n')}\n`);
  if (env.RTP_DEBUG === '1' && error instanceof Error) process.stderr.write(`${error.stack}\n`);
  return exitCode;
}

function describe(error: unknown): { readonly lines: readonly string[]; readonly exitCode: number } {
  if (isNamed(error)) {
    return { lines: [`${error.code}: ${error.message}${causes(error.cause)}`, error.fix], exitCode: error.exitCode };
  }
  const message = error instanceof Error ? `${error.message}${causes(error.cause)}` : String(error);
  return {
    lines: [`RTP_UNEXPECTED: ${message}`, 'Run it again with RTP_DEBUG=1 to see where it happened.'],
    exitCode: 1,
  };
}

/** A command line that was not understood, as commander says it. */
export function printUsageError(error: CommanderError, helpCommand: string): number {
  const text = error.message.replace(/^error: /, '').replace(/\s*\n\s*/g, ' ');
  process.stderr.write(`RTP_USAGE: ${text}\n\`${helpCommand} --help\` shows what is accepted.\n`);
  return USAGE_EXIT_CODE;
}

function isNamed(error: unknown): error is NamedError {
  return error instanceof Error && error.name === 'RtpError' && 'code' in error && 'exitCode' in error;
}

function causes(cause: unknown): string {
  if (!(cause instanceof Error)) return '';
  return ` (${cause.message}${causes(cause.cause)})`;
}
