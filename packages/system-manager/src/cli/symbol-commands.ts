import { type Command, Option } from 'commander';
import { parseDate, parseDays, parsePercent, parseSymbols } from './accepted-values.ts';

type Exit = (code: number) => void;

/** The commands below `rtp symbols`. `add` makes one with the options that every command has. */
export function addSymbols(group: Command, add: (name: string, description: string) => Command, exit: Exit): void {
  group.helpCommand(false);
  add('analyze', 'What is stored of each symbol, worst first; which to drop and which to serve first')
    .addOption(new Option('--from <date>', 'first day').argParser(parseDate).conflicts('days'))
    .addOption(new Option('--to <date>', 'last day').argParser(parseDate).conflicts('days'))
    .option('--days <n>', 'the newest stored days (default: 20)', parseDays)
    .option('--symbols <names>', 'these symbols only, comma-separated', parseSymbols)
    .option('--thin <percent>', 'less than this share of minutes with trades is thin', parsePercent, 50)
    .option('--json', 'the same as JSON, for programs')
    .addHelpText('after', ANALYZE_HELP)
    .action(async (options) =>
      exit(await (await import('./commands/symbols-analyze.ts')).symbolsAnalyzeCommand(options)),
    );
}

const ANALYZE_HELP = `
coverage: minutes with a bar, or settled by a reason, of those that are over. corrected: superseded bars for every 100.
close, high, low (basis points of the official close) and volume (percent): mean difference of live bars from official
ones. median: of the days' medians over minutes with trades. Reads stored data, whether the system runs or not.

Exit code: 0, or 1 when not one minute was owed in those days.`;
