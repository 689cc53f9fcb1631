import { spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { loadConfig, type PartialConfig, projectRoot, type RtpConfig } from '@rtp/core';
import { isShippedDay } from '../../source/prepared-day.ts';
import { type CommonOptions, configFileOf } from '../cli-context.ts';

const STANDALONE = join(projectRoot, 'packages/exchange-simulator/src/standalone.ts');

/** Options of `rtp simulator`; `--data-dir` is where the prepared day lies while it is served. */
export interface SimulatorOptions extends CommonOptions {
  readonly bars?: string;
  readonly generate?: number;
  readonly seed?: number;
  readonly date?: string;
  readonly speed?: number;
  readonly from?: string;
  readonly port?: number;
  readonly faults?: string;
}

/** `rtp simulator`: the simulated exchange as a process of its own, in the foreground. */
export function simulatorCommand(options: SimulatorOptions): Promise<number> {
  const { bars, generate, seed, date, port } = options;
  const simulator: PartialConfig = {
    bars: bars !== undefined ? resolve(bars) : generate !== undefined ? null : undefined,
    symbols: generate,
    seed,
    date,
    port,
  };
  const { config } = loadConfig({ file: configFileOf(options), flags: { simulator } });
  const env = { ...process.env };
  if (options.dataDir !== undefined) {
    env.TMPDIR = resolve(options.dataDir);
    mkdirSync(env.TMPDIR, { recursive: true });
  }
  return runInForeground([STANDALONE, ...argumentsOf(config.simulator, options)], env);
}

function argumentsOf(simulator: RtpConfig['simulator'], options: SimulatorOptions): readonly string[] {
  const { bars, date, symbols, seed, port } = simulator;
  const isShipped = bars === null && options.generate === undefined && date !== null && isShippedDay(date);
  const day =
    bars !== null
      ? { bars: resolve(projectRoot, bars), date }
      : isShipped
        ? { shipped: date }
        : { generate: symbols, seed, date };
  const faults = options.faults === undefined ? undefined : resolve(options.faults);
  const all = { ...day, speed: options.speed, from: options.from, port, faults, config: configFileOf(options) };
  return Object.entries(all).flatMap(([name, value]) =>
    value === undefined || value === null ? [] : [`--${name}`, String(value)],
  );
}

function runInForeground(args: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  const child = spawn(process.execPath, args, { stdio: 'inherit', env });
  for (const signal of ['SIGTERM', 'SIGHUP'] as const) process.on(signal, () => void child.kill(signal));
  // Ctrl+C reaches the child by itself: it is in the same foreground group.
  process.on('SIGINT', () => {});
  return new Promise((resolveCode, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => resolveCode(code ?? (signal === 'SIGINT' ? 130 : 1)));
  });
}
