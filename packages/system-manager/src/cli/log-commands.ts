import { LEVEL_NAMES, LOG_OWNER_NAMES, oneOf, parseDays, parseLineCount } from './accepted-values.ts';
import { type Add, commandOf, type Exit } from './command-line.ts';

/** Lines shown when nobody says how many. */
const USUAL_LINES = 40;

export function addLogs(add: Add, exit: Exit): void {
  const logs = add('logs', 'Print the newest log lines of one process or of all, by time')
    .argument('[component]', LOG_OWNER_NAMES.join(', '), oneOf(LOG_OWNER_NAMES))
    .option('-f, --follow', 'and what is added, until Ctrl+C')
    .option('-n, --lines <n>', 'that many lines', parseLineCount, USUAL_LINES)
    .option('--level <level>', 'this severe or more', oneOf(LEVEL_NAMES), 'debug')
    .option('--json', 'the lines as they are stored, one JSON object each')
    .action(async (component, options) =>
      exit(await (await import('./commands/logs.ts')).logsCommand(component ?? null, options)),
    );
  commandOf(logs, 'clean', 'Remove rotated log files that are older than a number of days')
    .option('--days <n>', 'days to keep (default: logging.keep_days)', parseDays)
    .option('--dry-run', 'only say what would be removed')
    // What both commands take is read by the outer one, wherever it stands.
    .action(async (_, command) =>
      exit(await (await import('./commands/logs-clean.ts')).logsCleanCommand(command.optsWithGlobals())),
    );
}
