import { spawn } from 'node:child_process';
import { join, resolve } from 'node:path';
import { projectRoot } from '@rtp/core';
import { type CommonOptions, cliContext } from '../cli-context.ts';

const STANDALONE = join(projectRoot, 'packages/exchange-simulator/src/standalone.ts');

export interface SimulatorOptions extends CommonOptions {
  readonly bars?: string;
  readonly generate?: number;
  readonly seed?: number;
  readonly date?: string;
  readonly speed?: number;
  readonly from?: string;
  readonly port?: number;
}

/** `rtp simulator`: the simulated exchange as a process of its own, in the foreground. */
export function simulatorCommand(options: SimulatorOptions): Promise<number> {
  const { bars, dataDir } = options;
  const given = { ...options, bars: bars && resolve(bars), dataDir: dataDir && resolve(dataDir), config: undefined };
  if (options.config !== undefined) cliContext(options);
  const args = Object.entries(given).flatMap(([name, value]) =>
    value === undefined ? [] : [`--${name === 'dataDir' ? 'data-dir' : name}`, String(value)],
  );
  const child = spawn(process.execPath, [STANDALONE, ...args], { stdio: 'inherit' });
  const forward = (signal: NodeJS.Signals): void => void child.kill(signal);
  const signals = ['SIGTERM', 'SIGHUP'] as const;
  for (const signal of signals) process.on(signal, forward);
  // Ctrl+C reaches the child by itself: it is in the same foreground group.
  process.on('SIGINT', () => {});
  return new Promise((resolveCode, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => resolveCode(code ?? (signal === 'SIGINT' ? 130 : 1)));
  });
}
