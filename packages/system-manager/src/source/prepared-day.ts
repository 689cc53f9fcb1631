import { cpSync, existsSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type DataPaths, projectRoot, type RtpConfig, type TradingDate } from '@rtp/core';
import { execa } from 'execa';
import { z } from 'zod';
import { errorOfDeadChild } from '../supervisor/describe-exit.ts';
import { claimDataDir, type SimulatorRun } from './source-stamp.ts';
import { writeJsonFile } from './write-json.ts';

const PREPARE_PROGRAM = join(projectRoot, 'packages/exchange-simulator/src/prepare-day.ts');
const SHIPPED_DAYS = join(projectRoot, 'packages/exchange-simulator/days');
/** Inside the prepared day's folder: what it was prepared from. */
const RECIPE_FILE = 'recipe.json';

const dayFileSchema = z.object({
  date: z.string(),
  source: z.enum(['recorded', 'generated']),
  symbols: z.int(),
  provenance: z.string(),
});

/** The day the simulated exchange replays. */
export interface SimulatedDay {
  readonly date: TradingDate;
  readonly kind: 'recorded' | 'generated';
  /** Shares of the day. */
  readonly symbols: number;
  /** Where its bars came from, for people. */
  readonly provenance: string;
  /** CSV of the day's shares, for the pipeline. */
  readonly universeFile: string;
}

export interface DayChoice {
  readonly simulator: RtpConfig['simulator'];
  /** A generated day is asked for, even on a date whose recording is shipped. */
  readonly generate: boolean;
}

/** Whether a recording of `date` comes with RTP. */
export const isShippedDay = (date: TradingDate): boolean => existsSync(join(SHIPPED_DAYS, `${date}.parquet`));

/**
 * Prepares the simulated day in the run folder unless it is there already, and puts its session where every process
 * looks. Claims the data directory for it first. Errors: those of the simulator about the bars file, the date or the
 * numbers asked for; RTP_DATA_DIR_OTHER_SOURCE.
 */
export async function prepareSimulatedDay(
  choice: DayChoice,
  paths: DataPaths,
  signal: AbortSignal,
  notice: (line: string) => void,
): Promise<SimulatedDay> {
  const recipe = recipeOf(choice);
  const target = paths.preparedDayDir;
  let folder = target;
  if (!isPreparedFrom(target, recipe)) {
    folder = `${target}.new`;
    rmSync(folder, { recursive: true, force: true });
    notice(`Preparing the simulated day (${recipe.description}).`);
    await runPrepareDay([...recipe.args, '--out', folder], signal);
    writeJsonFile(join(folder, RECIPE_FILE), recipe.key);
  }
  const day = dayFileSchema.parse(JSON.parse(readFileSync(join(folder, 'day.json'), 'utf8')));
  const seed = day.source === 'generated' ? choice.simulator.seed : null;
  const run: SimulatorRun = { kind: day.source, date: day.date, symbols: day.symbols, seed };
  claimDataDir(paths, { source: 'simulator', run });
  if (folder !== target) {
    rmSync(target, { recursive: true, force: true });
    renameSync(folder, target);
  }
  cpSync(join(target, 'calendar-overlay.json'), paths.calendarOverlayFile);
  return {
    date: day.date,
    kind: day.source,
    symbols: day.symbols,
    provenance: day.provenance,
    universeFile: join(target, 'universe.csv'),
  };
}

interface Recipe {
  readonly args: readonly string[];
  /** Differs when another day would come out. */
  readonly key: readonly string[];
  readonly description: string;
}

function recipeOf({ simulator, generate }: DayChoice): Recipe {
  const { bars, date, symbols, seed } = simulator;
  const dateArgs = date === null ? [] : ['--date', date];
  if (bars !== null) {
    const file = resolve(projectRoot, bars);
    const args = ['--bars', file, ...dateArgs];
    return { args, key: [...args, fingerprint(file)], description: file };
  }
  if (!generate && date !== null && isShippedDay(date)) {
    const args = ['--shipped', date];
    return { args, key: args, description: `the recording of ${date}` };
  }
  const args = ['--generate', String(symbols), '--seed', String(seed), ...dateArgs];
  return { args, key: args, description: `${symbols} generated symbols, seed ${seed}` };
}

/** Changes when a file's content does, without reading it; empty when it cannot be seen. */
function fingerprint(file: string): string {
  const stat = statSync(file, { throwIfNoEntry: false });
  return stat === undefined ? '' : `${stat.size}:${stat.mtimeMs}`;
}

function isPreparedFrom(folder: string, recipe: Recipe): boolean {
  try {
    const key: unknown = JSON.parse(readFileSync(join(folder, RECIPE_FILE), 'utf8'));
    return JSON.stringify(key) === JSON.stringify(recipe.key);
  } catch {
    return false;
  }
}

/** Runs the program that prepares a day. Errors: those of the simulator, about what it was asked for. */
export async function runPrepareDay(args: readonly string[], signal: AbortSignal): Promise<void> {
  const result = await execa(process.execPath, [PREPARE_PROGRAM, ...args], {
    node: false,
    reject: false,
    stdin: 'ignore',
    cancelSignal: signal,
    lines: true,
  });
  signal.throwIfAborted();
  if (!result.failed) return;
  const exit = { exitCode: result.exitCode ?? null, signal: result.signal ?? null };
  throw errorOfDeadChild('the simulated day', exit, result.stderr);
}
