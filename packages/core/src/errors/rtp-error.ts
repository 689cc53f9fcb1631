/** What a code means, how a process that dies of it exits, and what its owner should do. */
export interface ErrorSpec {
  /** One sentence: what this code says has happened. */
  readonly summary: string;
  /** One sentence: what to do about it. */
  readonly fix: string;
  /** Exit code of a process that ends because of it: 64 usage, 75 temporary, 77 credentials, 78 configuration, else 1. */
  readonly exitCode?: 1 | 64 | 75 | 77 | 78;
  /** HTTP status when an API answers with it. */
  readonly status?: number;
}

/** An expected failure: stable code, what was wrong, what to do. */
export class RtpError extends Error {
  override readonly name = 'RtpError';
  readonly code: string;
  readonly fix: string;
  readonly exitCode: number;
  readonly status: number;

  constructor(code: string, spec: ErrorSpec, message: string, options: { cause?: unknown; fix?: string } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.fix = options.fix ?? spec.fix;
    this.exitCode = spec.exitCode ?? 1;
    this.status = spec.status ?? 500;
  }
}

/** A package's error table with the one place that builds its errors. */
export interface ErrorTable<Code extends string> {
  readonly specs: Readonly<Record<Code, ErrorSpec>>;
  create(code: Code, message: string, options?: { cause?: unknown; fix?: string }): RtpError;
}

/** Declares a package's error table. Codes are stable and never reused; `docs/errors.md` lists them all. */
export function defineErrors<const Specs extends Record<string, ErrorSpec>>(
  specs: Specs,
): ErrorTable<keyof Specs & string> {
  return {
    specs,
    create: (code, message, options) => new RtpError(code, specs[code] as ErrorSpec, message, options),
  };
}

/** The message of anything thrown, with its chain of causes. */
export function describeError(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const own = error instanceof RtpError ? `${error.code}: ${error.message}` : error.message || error.name;
  return error.cause === undefined ? own : `${own} (${describeError(error.cause)})`;
}

/** The exit code a process should end with after `error`. */
export function exitCodeOf(error: unknown): number {
  return error instanceof RtpError ? error.exitCode : 1;
}
