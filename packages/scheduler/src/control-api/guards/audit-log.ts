import { AUDIT_LOG_NAME, RotatingFile, redactText, wallClockMs } from '@rtp/core';
import type { Request, RequestHandler, Response } from 'express';

const DAY_LIMIT_BYTES = 1_048_576;
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
 */
export function openAuditLog({ logsDir, max_size_mb, keep_days }: AuditLogOptions): AuditLog {
  const file = new RotatingFile({
    dir: logsDir,
    name: AUDIT_LOG_NAME,
    maxBytes: max_size_mb * DAY_LIMIT_BYTES,
    keepDays: keep_days,
  });
  return {
    close: () => file.close(),
    handler: (request, response, next) => {
      const { method } = request;
      response.once('close', () => {
        const isReading = method === 'GET' || method === 'HEAD';
        if (isReading && !REFUSALS.has(response.statusCode)) return;
        file.write(`${redactText(JSON.stringify(lineOf(request, response)))}\n`);
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
