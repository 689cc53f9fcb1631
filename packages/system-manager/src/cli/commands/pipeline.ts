import { readFileSync } from 'node:fs';
import { configSchema, type DataPaths, describeError, loadSecrets, RtpError, readApiToken } from '@rtp/core';
import { z } from 'zod';
import { managerErrors } from '../../errors.ts';
import { findLockHolder } from '../../records/instance-lock.ts';
import { type CommonOptions, cliContext } from '../cli-context.ts';

/** Real time beyond the wait that the answer may take. */
const MARGIN_MS = 5_000;

const answerSchema = z.object({
  operation: z.object({ id: z.string(), state: z.enum(['running', 'done', 'failed']), text: z.string() }),
  changed: z.array(z.string()),
});
const errorSchema = z.object({ error: z.object({ code: z.string(), message: z.string(), fix: z.string() }) });

export interface PipelineOptions extends CommonOptions {
  /** Seconds. */
  readonly wait: number;
  readonly json?: boolean;
}

/** `rtp pipeline start|stop|restart`: asks the Control API of the running system, with its token. */
export async function pipelineCommand(action: 'start' | 'stop' | 'restart', options: PipelineOptions): Promise<number> {
  const { paths } = cliContext(options);
  const { status, content } = await ask(paths, action, options.wait);
  if (options.json === true) process.stdout.write(`${JSON.stringify(content, null, 2)}\n`);
  const answer = answerSchema.safeParse(content);
  if (!answer.success) {
    const { code, message, fix } = errorSchema.parse(content).error;
    throw new RtpError(code, { summary: '', fix, exitCode: status === 409 ? 75 : 1, status }, message);
  }
  const { operation, changed } = answer.data;
  const nothing = changed.length === 0 ? 'Nothing changed: ' : '';
  if (options.json !== true) process.stdout.write(`${nothing}${operation.text.replace(/\.$/, '')}.\n`);
  if (operation.state === 'running' && options.json !== true) {
    process.stdout.write(`Operation ${operation.id} is not over yet; \`rtp status\` shows how it goes.\n`);
  }
  return { done: 0, failed: 1, running: 75 }[operation.state];
}

/** Errors: RTP_NOT_RUNNING, RTP_MANAGER_UNRESPONSIVE, RTP_API_TOKEN_INVALID. */
async function ask(paths: DataPaths, action: string, wait: number): Promise<{ status: number; content: unknown }> {
  if ((await findLockHolder(paths)) === null) {
    throw managerErrors.create('RTP_NOT_RUNNING', `Nothing runs on ${paths.dataDir}.`);
  }
  const token = readApiToken(paths, loadSecrets().apiToken);
  try {
    const response = await fetch(`${addressOf(paths)}/${action}?wait=${wait}`, {
      method: 'POST',
      headers: {
        'user-agent': `rtp pipeline ${action}`,
        ...(token === null ? {} : { authorization: `Bearer ${token}` }),
      },
      signal: AbortSignal.timeout(wait * 1_000 + MARGIN_MS),
    });
    return { status: response.status, content: await response.json() };
  } catch (cause) {
    const message = `The control API of ${paths.dataDir} does not answer: ${describeError(cause)}.`;
    throw managerErrors.create('RTP_MANAGER_UNRESPONSIVE', message, { cause });
  }
}

/** Where the control API of the running system listens, reached from this machine. */
function addressOf(paths: DataPaths): string {
  const { host, port } = configSchema.parse(JSON.parse(readFileSync(paths.resolvedConfigFile, 'utf8'))).control_api;
  const reached = { '0.0.0.0': '127.0.0.1', '::': '[::1]' }[host] ?? (host.includes(':') ? `[${host}]` : host);
  return `http://${reached}:${port}`;
}
