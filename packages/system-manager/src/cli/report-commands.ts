import { nonEmpty, oneOf, parseDate } from './accepted-values.ts';
import type { Add, Exit } from './command-line.ts';

export function addReport(add: Add, exit: Exit): void {
  add('report', 'Write the report of a day or a week: data quality and operations, with charts')
    .argument('<period>', 'daily or weekly', oneOf(['daily', 'weekly'] as const))
    .option('--date <date>', 'the day, or the last of the week, YYYY-MM-DD (default: the newest stored)', parseDate)
    .option('--format <format>', 'html, md or json only (default: all three)', oneOf(['html', 'md', 'json'] as const))
    .option('--out <dir>', 'folder for the files (default: reports in the data directory)', nonEmpty)
    .option('--json', 'print the report as JSON instead of where it is')
    .addHelpText('after', REPORT_HELP)
    .action(async (period, options) =>
      exit(await (await import('./commands/report.ts')).reportCommand(period, options)),
    );
}

const REPORT_HELP = `
Reads stored data and the monitor's metrics, whether the system runs or not. Exit code: 0 written, 1 nothing stored.`;
