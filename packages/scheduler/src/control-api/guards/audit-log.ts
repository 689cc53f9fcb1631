import { AUDIT_LOG_NAME, monotonicMs, RotatingFile, redactText, wallClockMs } from '@rtp/core';
import type { Request, RequestHandler, Response } from 'express';

const MB = 1_048_576;
/** Requests that failed are logged so often in a minute at most; the next line tells how many were not. */
const FAILED_PER_MINUTE = 120;
const MINUTE_MS = 60_000;
/** Longest text of a stranger's that is kept. */
const MAX_TEXT = 200;
/** Answers that say no to somebody. */
const REFUSALS = new Set([401, 403, 429]);

export interface AuditLogOptions {
  readonly logsDir: string;
  readonly max_size_mb: number;
  readonly keep_days: number;
}

export interface AuditLog {
  readonly handler: RequestHandler;
  close(): void;
}

/**
 * `logs/control_audit.log`: a JSON line for each request that would change something, and for each that was refused: when
 * (wall clock), from where, what, by whom, which operation, with which status and error code. Never the token.
 * Nobody can fill the disk with refusals: beyond a number in a minute they are only counted.
 */
export function openAuditLog({ logsDir, max_size_mb, keep_days }: AuditLogOptions): AuditLog {
  const file = new RotatingFile({
    dir: logsDir,
    name: AUDIT_LOG_NAME,
    maxBytes: max_size_mb * MB,
    keepDays: keep_days,
  });
  let windowFrom = monotonicMs();
  let failedInWindow = 0;
  let unlogged = 0;
  const isTooMuch = (): boolean => {
    if (monotonicMs() - windowFrom >= MINUTE_MS) {
      windowFrom = monotonicMs();
      failedInWindow = 0;
    }
    failedInWindow += 1;
    return failedInWindow > FAILED_PER_MINUTE;
  };
  const write = (request: Request, response: Response): void => {
    if (response.statusCode >= 400 && isTooMuch()) {
      unlogged += 1;
      return;
    }
    const line = { ...lineOf(request, response), ...(unlogged === 0 ? {} : { unlogged }) };
    unlogged = 0;
    file.write(`${redactText(JSON.stringify(line))}\n`);
  };
  return {
    close: () => file.close(),
    handler: (request, response, next) => {
      const { method } = request;
      response.once('close', () => {
        const isReading = method === 'GET' || method === 'HEAD';
        if (isReading && !REFUSALS.has(response.statusCode)) return;
        write(request, response);
      });
      next();
    },
  };
}

function lineOf(request: Request, response: Response): Readonly<Record<string, unknown>> {
  const status = response.statusCode;
  return {
    ts: new Date(wallClockMs()).toISOString(),
    level: status < 400 ? 'info' : 'warn',
    role: 'audit',
    pid: process.pid,
    message: `${request.method} ${request.path.slice(0, MAX_TEXT)}`,
    address: request.socket.remoteAddress ?? '',
    agent: (request.get('user-agent') ?? '').slice(0, MAX_TEXT),
    status,
    ...response.locals.audit,
  };
}
