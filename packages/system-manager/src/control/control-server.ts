import { chmodSync, rmSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Component, describeError, nodeHttp, RtpError, redact } from '@rtp/core';
import { z } from 'zod';
import { managerErrors } from '../errors.ts';
import type { ReloadResult } from '../reload/plan-reload.ts';
import { type ControlHistory, type ControlStatus, restartRequestSchema, stopRequestSchema } from './contract.ts';

const MAX_BODY_BYTES = 16 * 1_024;
const REQUEST_TIMEOUT_MS = 5_000;

/** What the control socket can do with the system. */
export interface ControlTarget {
  status(): ControlStatus;
  /** Every component's changes of state, oldest first. */
  history(): ControlHistory;
  /** Starts those afresh that were given up; their names. */
  rearm(reason: string): readonly Component[];
  /** Begins to restart; does not wait. Errors: RTP_CONTROL_REFUSED. */
  restart(component: Component | null, reason: string): void;
  /** Resolves once the system goes on with the configuration. Errors: those of `RunningSystem.reload`. */
  reload(): Promise<ReloadResult>;
  /** Begins to stop; does not wait. */
  stop(reason: string): void;
}

export interface ControlServer {
  close(): Promise<void>;
}

/**
 * Serves the control socket (mode 0600): `GET /ping`, `GET /status`, `GET /history`, `POST /restart`, `POST /rearm`, `POST /reload`, `POST /stop`. Whoever may
 * open it may do everything, so that there is no other authentication. The caller holds the instance lock: a socket file that
 * is still there belongs to nobody.
 */
export async function openControlServer(socketPath: string, target: ControlTarget): Promise<ControlServer> {
  const server = nodeHttp.createServer(
    { requestTimeout: REQUEST_TIMEOUT_MS, keepAlive: false },
    (request, response) => {
      void answer(request, response, target);
    },
  );
  rmSync(socketPath, { force: true });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(socketPath, resolve);
  });
  chmodSync(socketPath, 0o600);
  return {
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeIdleConnections();
      }),
  };
}

async function answer(request: IncomingMessage, response: ServerResponse, target: ControlTarget): Promise<void> {
  try {
    send(response, 200, await route(request, target));
  } catch (error) {
    const known = error instanceof RtpError ? error : managerErrors.create('RTP_CONTROL_FAILED', describeError(error));
    send(response, known.status, {
      code: known.code,
      message: known.message,
      fix: known.fix,
      exitCode: known.exitCode,
    });
  }
}

async function route(request: IncomingMessage, target: ControlTarget): Promise<unknown> {
  const what = `${request.method} ${request.url}`;
  switch (what) {
    case 'GET /ping':
      return { pid: process.pid };
    case 'GET /status':
      return target.status();
    case 'GET /history':
      return target.history();
    case 'POST /rearm':
      return { rearmed: target.rearm('rtp start --reset') };
    case 'POST /restart': {
      const { component } = await bodyOf(request, restartRequestSchema);
      target.restart(component ?? null, 'asked for over the control socket');
      return { restarting: component ?? 'all' };
    }
    case 'POST /reload':
      return redact(await target.reload());
    case 'POST /stop': {
      const { reason } = await bodyOf(request, stopRequestSchema);
      target.stop(reason ?? 'asked for over the control socket');
      return { stopping: true, pid: process.pid };
    }
    default:
      throw managerErrors.create('RTP_CONTROL_REFUSED', `There is no ${what} on the control socket.`);
  }
}

async function bodyOf<T>(request: IncomingMessage, schema: z.ZodType<T>): Promise<T> {
  let text = '';
  request.setEncoding('utf8');
  for await (const chunk of request) {
    text += chunk;
    if (text.length > MAX_BODY_BYTES) throw managerErrors.create('RTP_CONTROL_REFUSED', 'The request is too large.');
  }
  let content: unknown;
  try {
    content = text === '' ? {} : JSON.parse(text);
  } catch {
    throw managerErrors.create('RTP_CONTROL_REFUSED', 'The request is not JSON.');
  }
  const parsed = schema.safeParse(content);
  if (!parsed.success) throw managerErrors.create('RTP_CONTROL_REFUSED', z.prettifyError(parsed.error));
  return parsed.data;
}

function send(response: ServerResponse, status: number, body: unknown): void {
  const text = `${JSON.stringify(body)}\n`;
  response.writeHead(status, { 'content-type': 'application/json', connection: 'close' });
  response.end(text);
}
