import type { Command } from 'commander';
import { nonEmpty } from './accepted-values.ts';

type Exit = (code: number) => void;

/** The commands below `rtp indicators`. `add` makes one with the options that every command has. */
export function addIndicators(group: Command, add: (name: string, description: string) => Command, exit: Exit): void {
  group.helpCommand(false);
  add('list', 'The catalogue: every column, what it means, where its values come from')
    .option('--family <family>', 'columns of one family only', nonEmpty)
    .option('--stored', 'only columns that are stored with each bar')
    .option('--json', 'the same as JSON, with formulas')
    .action(async (options) =>
      exit(await (await import('./commands/indicators-list.ts')).indicatorsListCommand(options)),
    );
}
