import { type Component, type ComponentStatus, monotonicMs, realDelay } from '@rtp/core';
import { controlClient } from '../../control/control-client.ts';
import { managerErrors } from '../../errors.ts';
import { longestRestartMs } from '../../system/time-limits.ts';
import { type CommonOptions, cliContext } from '../cli-context.ts';

const LOOK_INTERVAL_MS = 100;
/** Beyond the children's own limits. */
const MARGIN_MS = 10_000;

/** `rtp restart [component]`: resolves once what was restarted serves again. */
export async function restartCommand(component: Component | null, options: CommonOptions): Promise<number> {
  const { config, paths } = cliContext(options);
  const client = controlClient(paths);
  const affected = (lines: readonly ComponentStatus[]): readonly ComponentStatus[] =>
    lines.filter((line) => component === null || line.component === component);

  const before = affected((await client.status()).components);
  const idle = component === null ? undefined : before.find((line) => line.wanted === 'down');
  if (idle !== undefined) {
    process.stdout.write(`${idle.component} is not wanted now (${idle.reason}); nothing to restart.\n`);
    return 0;
  }
  await client.restart(component);
  const deadline = monotonicMs() + longestRestartMs(config.supervision) + MARGIN_MS;
  const oldPids = new Set(before.flatMap((line) => line.pid ?? []));
  for (;;) {
    const now = affected((await client.status()).components);
    const dead = now.find((line) => line.state === 'fatal');
    if (dead !== undefined && !before.some((line) => line.state === 'fatal' && line.restarts === dead.restarts)) {
      throw managerErrors.create('RTP_CHILD_FAILED', `${dead.component}: ${dead.reason}.`);
    }
    const isDone = (line: ComponentStatus): boolean =>
      line.wanted === 'down' ? line.pid === null : serves(line) && !oldPids.has(line.pid as number);
    if (now.every(isDone)) break;
    if (monotonicMs() > deadline) {
      const waiting = now.filter((line) => !isDone(line)).map((line) => `${line.component} is ${line.state}`);
      throw managerErrors.create('RTP_STOP_TIMEOUT', `The restart is not over: ${waiting.join(', ')}.`);
    }
    await realDelay(LOOK_INTERVAL_MS);
  }
  process.stdout.write(`Restarted ${component ?? 'all components'}.\n`);
  return 0;
}

const serves = (line: ComponentStatus): boolean => line.state === 'ready' || line.state === 'degraded';
