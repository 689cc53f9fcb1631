import type { Command } from 'commander';
import { nonEmpty } from './accepted-values.ts';

/** Adds a command with the options that every command takes. */
export type Add = (name: string, description: string) => Command;

/** Told the exit code of the command that ran. */
export type Exit = (code: number) => void;

/** A new command below `parent` with the options that every command takes. */
export function commandOf(parent: Command, name: string, description: string): Command {
  return parent
    .command(name)
    .description(description)
    .allowExcessArguments(false)
    .option('--data-dir <dir>', 'where data lives (default: data_dir of the configuration)', nonEmpty)
    .option('--config <file>', 'configuration file (default: config/realtime_config.json)', nonEmpty);
}
