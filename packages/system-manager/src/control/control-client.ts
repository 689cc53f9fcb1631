import { type Component, type DataPaths, nodeHttp, RtpError } from '@rtp/core';
import { managerErrors } from '../errors.ts';
import { findLockHolder } from '../records/instance-lock.ts';
import type { ReloadResult } from '../reload/plan-reload.ts';
import {
  type ControlHistory,
  type ControlStatus,
  controlErrorSchema,
  controlHistorySchema,
  controlStatusSchema,
  rearmResultSchema,
  reloadResultSchema,
} from './contract.ts';

const ANSWER_TIMEOUT_MS = 5_000;

/** Talks to the system manager of one data directory. */
export interface ControlClient {
  status(): Promise<ControlStatus>;
  history(): Promise<ControlHistory>;
  /** Starts those components afresh that were given up; their names. */
  rearm(): Promise<readonly Component[]>;
  restart(component: string | null): Promise<void>;
  /** Resolves once the system goes on with the configuration, at the latest after `withinMs` real ms. */
  reload(withinMs: number): Promise<ReloadResult>;
  stop(reason: string): Promise<void>;
}

/** Errors of every call: RTP_NOT_RUNNING, RTP_MANAGER_UNRESPONSIVE, and what the manager answers. */
export function controlClient(paths: DataPaths): ControlClient {
  return {
    status: async () => controlStatusSchema.parse(await call(paths, 'GET', '/status')),
    history: async () => controlHistorySchema.parse(await call(paths, 'GET', '/history')),
    rearm: async () => rearmResultSchema.parse(await call(paths, 'POST', '/rearm', {})).rearmed,
    restart: async (component) => {
      await call(paths, 'POST', '/restart', component === null ? {} : { component });
    },
    reload: async (withinMs) => reloadResultSchema.parse(await call(paths, 'POST', '/reload', {}, withinMs)),
    stop: async (reason) => {
      await call(paths, 'POST', '/stop', { reason });
    },
  };
}

async function call(
  paths: DataPaths,
  method: string,
  path: string,
  body?: unknown,
  withinMs = ANSWER_TIMEOUT_MS,
): Promise<unknown> {
  let answer: { status: number; text: string };
  try {
    answer = await exchange(
      paths.managerSocket,
      method,
      path,
      body === undefined ? '' : JSON.stringify(body),
      withinMs,
    );
  } catch (cause) {
    const holder = await findLockHolder(paths);
    if (holder === null) throw managerErrors.create('RTP_NOT_RUNNING', `Nothing runs on ${paths.dataDir}.`);
    const who = holder.pid === 0 ? 'The system manager' : `The system manager (pid ${holder.pid})`;
    const message = `${who} of ${paths.dataDir} does not answer: it is starting, stopping or stuck.`;
    throw managerErrors.create('RTP_MANAGER_UNRESPONSIVE', message, { cause });
  }
  const content: unknown = JSON.parse(answer.text);
  if (answer.status === 200) return content;
  const { code, message, fix, exitCode = answer.status < 500 ? 64 : 1 } = controlErrorSchema.parse(content);
  throw new RtpError(code, { summary: '', fix, exitCode, status: answer.status }, message);
}

function exchange(
  socketPath: string,
  method: string,
  path: string,
  body: string,
  withinMs: number,
): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const signal = AbortSignal.timeout(withinMs);
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
    const outgoing = nodeHttp.request({ socketPath, method, path, headers, agent: false, signal }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        text += chunk;
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
      response.on('error', reject);
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}
