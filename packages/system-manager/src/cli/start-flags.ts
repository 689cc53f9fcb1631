import { resolve } from 'node:path';
import type { PartialConfig } from '@rtp/core';
import type { StartOptions } from '../system/start-options.ts';
import { type CommonOptions, commonFlags, configFileOf } from './cli-context.ts';

/** Options of `rtp start` as the command line gives them. */
export interface StartFlags extends CommonOptions {
  readonly detach?: boolean;
  readonly reset?: boolean;
  readonly allowPublic?: boolean;
  readonly apiPort?: number;
  readonly dataPort?: number;
  /** False with `--no-monitor`. */
  readonly monitor?: boolean;
  readonly source?: 'dhan' | 'simulator';
  readonly bars?: string;
  readonly symbols?: number;
  readonly seed?: number;
  readonly date?: string;
  readonly speed?: number;
  readonly from?: string;
}

/** What `startSystem` needs for these flags. */
export function startOptionsOf(flags: StartFlags): Pick<StartOptions, 'flags' | 'configFile' | 'simulation' | 'reset'> {
  const day: PartialConfig = {
    // Either one decides: the other may still stand in the configuration file.
    bars: flags.bars !== undefined ? resolve(flags.bars) : flags.symbols !== undefined ? null : undefined,
    symbols: flags.symbols,
    seed: flags.seed,
    date: flags.date,
  };
  return {
    flags: {
      ...commonFlags(flags),
      source: flags.source,
      control_api: { port: flags.apiPort, allow_public: flags.allowPublic },
      data_api: { port: flags.dataPort },
      monitor: { enabled: flags.monitor === false ? false : undefined },
      simulator: day,
    },
    configFile: configFileOf(flags),
    reset: flags.reset ?? false,
    simulation: {
      ...(flags.speed === undefined ? {} : { speed: flags.speed }),
      ...(flags.from === undefined ? {} : { from: flags.from }),
      generate: flags.symbols !== undefined,
    },
  };
}

/** Names of the given flags that mean something for a simulated day only. */
export function simulationOnlyFlags(flags: StartFlags): readonly string[] {
  const names = ['bars', 'symbols', 'seed', 'date', 'speed', 'from'] as const;
  return names.filter((name) => flags[name] !== undefined).map((name) => `--${name}`);
}
