/** Engines to compare with, fetched into a folder that goes away: no dependency of the project. */
import { spawnSync } from 'node:child_process';
import { readdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { TechnicalClass } from './common.ts';

export interface Peers {
  /** Why a peer is absent instead. */
  readonly technical: Readonly<Record<string, TechnicalClass>> | string;
  readonly talib: TalibDriver | string;
}

/** Nanoseconds of rounds over all symbols, and of minutes by history. */
export interface TalibTimes {
  readonly bulk: readonly number[];
  readonly minutes: ReadonlyMap<number, readonly number[]>;
}

export interface TalibWork {
  /** Open, high, low, close and volume of each symbol, arrays of `stride` doubles. */
  readonly file: string;
  readonly symbols: number;
  readonly stride: number;
  /** Bars of a bulk round. */
  readonly bars: number;
  readonly rounds: number;
  readonly histories: readonly number[];
}

export type TalibDriver = (work: TalibWork) => TalibTimes;

export function fetchPeers(folder: string): Peers {
  writeFileSync(join(folder, 'package.json'), '{"private":true}');
  const technical = fetch(folder, 'technicalindicators@3.1.0');
  const talib = fetch(folder, 'talib@2.0.5');
  return {
    technical: technical ?? createRequire(join(folder, 'package.json'))('technicalindicators'),
    talib: talib ?? buildTalib(folder),
  };
}

/** Null, or why it could not be had. Install scripts stay unrun: the C sources are all that is used of TA-Lib. */
function fetch(folder: string, name: string): string | null {
  const { status, error } = spawnSync('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund', name], {
    cwd: folder,
    stdio: 'ignore',
    timeout: 120_000,
  });
  return status === 0 ? null : `${name} could not be installed${error === undefined ? '' : `: ${error.message}`}`;
}

/** TA-Lib's functions and the driver, compiled with the flags that the package itself uses. */
function buildTalib(folder: string): TalibDriver | string {
  const lib = join(folder, 'node_modules/talib/src/lib');
  const sources = ['ta_func', 'ta_common'].flatMap((part) =>
    readdirSync(join(lib, 'src', part))
      .filter((name) => name.endsWith('.c'))
      .map((name) => join(lib, 'src', part, name)),
  );
  const program = join(folder, 'talib-driver');
  const flags = ['-O2', '-fno-strict-aliasing', '-w', '-ffunction-sections', '-Wl,--gc-sections', '-o', program];
  const includes = ['include', 'src/ta_common', 'src/ta_func'].flatMap((part) => ['-I', join(lib, part)]);
  const driver = join(import.meta.dirname, 'talib-driver.c');
  const { status, stderr } = spawnSync('cc', [...flags, ...includes, driver, ...sources, '-lm'], { encoding: 'utf8' });
  if (status !== 0) return `TA-Lib could not be compiled: ${String(stderr).split('\n')[0]}`;
  return ({ file, symbols, stride, bars, rounds, histories }) => {
    const { stdout } = spawnSync(program, [file, ...[symbols, stride, bars, rounds, ...histories].map(String)], {
      encoding: 'utf8',
    });
    const bulk: number[] = [];
    const minutes = new Map(histories.map((history) => [history, [] as number[]] as const));
    for (const line of stdout.trim().split('\n')) {
      const [what, ...numbers] = line.split(' ');
      if (what === 'bulk') bulk.push(Number(numbers[0]));
      else minutes.get(Number(numbers[0]))?.push(Number(numbers[1]));
    }
    return { bulk, minutes };
  };
}
