import { type Command, Option } from 'commander';
import { nonEmpty, oneOf, parseDate, parseNames, parsePrice, parseSymbol, parseSymbols } from './accepted-values.ts';

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
  add('update', 'Compute stored indicators again; writes rows that are missing or differ')
    .option('--symbols <names>', 'these symbols only, comma-separated', parseSymbols)
    .option('--from <date>', 'from this day on (default: the first one stored)', parseDate)
    .option('--force', 'write every row, also those that are right')
    .option('--json', 'progress and result as JSON, one value a line')
    .addHelpText('after', '\nNeeds the running system. Exit code: 0 done, 3 not running, 130 given up by Ctrl+C.')
    .action(async (options) =>
      exit(await (await import('./commands/indicators-update.ts')).indicatorsUpdateCommand(options)),
    );
  add('verify', 'Recompute a day bar by bar and compare every stored value, a sample of all others')
    .option('--date <date>', 'the day (default: the newest sealed one, else the newest)', parseDate)
    .option('--symbols <names>', 'these symbols only, comma-separated', parseSymbols)
    .option('--all', 'everything of every symbol, and every column in the report')
    .option('--json', 'the same as JSON')
    .addHelpText('after', '\nExit code: 0 proved, 1 not proved or nothing to compare.')
    .action(async (options) =>
      exit(await (await import('./commands/indicators-verify.ts')).indicatorsVerifyCommand(options)),
    );
  add('compute', 'Indicators of the bars in any CSV(.gz) or Parquet file; no system needed')
    .argument('<file>', 'time, open, high, low, close; symbol, volume and bench if it has them', nonEmpty)
    .option('--columns <names>', 'columns or families, comma-separated (default: all)', parseNames)
    .addOption(new Option('--family <family>', 'columns of one family').argParser(nonEmpty).conflicts('columns'))
    .option('--out <file>', 'a .csv, .parquet or .json file (default: CSV on standard output)', nonEmpty)
    .option(
      '--session <session>',
      "whose sessions: nse (the project's calendar) or none",
      oneOf(['nse', 'none'] as const),
      'nse',
    )
    .option('--symbol <symbol>', 'this series only; the name of the series where the file has no symbol', parseSymbol)
    .option('--tick <rupees>', 'smallest price step', parsePrice, 0.05)
    .addHelpText('after', COMPUTE_HELP)
    .action(async (file, options) =>
      exit(await (await import('./commands/indicators-compute.ts')).indicatorsComputeCommand(file, options)),
    );
}

const COMPUTE_HELP = `
Names of columns in the file, capitals do not matter: time (or timestamp, datetime, date, ts), open (o), high (h),
low (l), close (c), volume (v, vol), symbol (ticker), bench (benchmark: close of the index). Others are not used.
Times: ISO 8601, IST where there is no offset, or seconds, milli-, micro- or nanoseconds since 1970.
Values are not rounded; where there is no value yet, nothing (null) is written.`;
