/**
 * The command line: names, options and help of every command. A command's own module is imported when it runs, so that
 * this file stays quick to load.
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Command, Option } from 'commander';
import {
  COMPONENT_NAMES,
  nonEmpty,
  oneOf,
  parseDate,
  parseDayCount,
  parseNames,
  parsePort,
  parseSeconds,
  parseSeed,
  parseSpeed,
  parseSymbol,
  parseSymbolCount,
  parseSymbols,
  parseTime,
  TIMEFRAME_NAMES,
} from './accepted-values.ts';
import { type Add, commandOf, type Exit } from './command-line.ts';
import { addIndicators } from './indicator-commands.ts';
import { addLogs } from './log-commands.ts';
import { addPipeline } from './pipeline-commands.ts';
import { addReport } from './report-commands.ts';
import { addSupervision } from './supervision-commands.ts';
import { addSymbols } from './symbol-commands.ts';

/** Speed of a demo nobody chose one for: a day in six and a half minutes. */
const DEMO_SPEED = 60;

/** Builds the program; `exit` is told the exit code of the command that ran. */
export function buildProgram(exit: (code: number) => void): Command {
  const program = new Command('rtp')
    .description('Real-time NSE market data in DuckDB: 1-minute bars kept current, repaired and proved complete.')
    .version(version(), '--version', 'print the version')
    .exitOverride()
    .configureOutput({ writeErr: () => {}, outputError: () => {} })
    .showSuggestionAfterError(true)
    .helpCommand(false)
    .addHelpText('after', '\nNew here? `rtp demo` replays a real trading day, no account needed.');
  const add = (name: string, description: string): Command => commandOf(program, name, description);

  addStart(add, exit);
  add('status', 'One screen: market, components, memory, where to look')
    .option('--json', 'the same as JSON, for programs')
    .addOption(new Option('--watch', 'show it again and again, until Ctrl+C').conflicts('json'))
    .addOption(new Option('-n, --interval <seconds>', 'watch, this often').argParser(parseSeconds).conflicts('json'))
    .addHelpText('after', '\nExit code: 0 all ready, 3 not running, 4 degraded, 1 error.')
    .action(async (options) => exit(await (await import('./commands/status.ts')).statusCommand(options)));
  add('stop', 'Stop the system in order, from another terminal').action(async (options) =>
    exit(await (await import('./commands/stop.ts')).stopCommand(options)),
  );
  add('restart', 'Restart one component, or all')
    .argument('[component]', COMPONENT_NAMES.join(', '), oneOf(COMPONENT_NAMES))
    .action(async (component, options) =>
      exit(await (await import('./commands/restart.ts')).restartCommand(component ?? null, options)),
    );
  addData(add, exit);
  addBackfill(add, exit);
  const indicators = program.command('indicators').description('Technical indicators: list, compute, update, verify');
  addIndicators(indicators, (name, description) => commandOf(indicators, name, description), exit);
  const symbols = program.command('symbols').description('Symbols: what is stored of them');
  addSymbols(symbols, (name, description) => commandOf(symbols, name, description), exit);
  addReport(add, exit);
  addLogs(add, exit);
  addPipeline(add, exit);
  addSupervision(add, exit);
  addConfig(add, exit);
  addSimulator(add, exit);
  addDemo(add, exit);
  return program;
}

function version(): string {
  const manifest = fileURLToPath(new URL('../../../../package.json', import.meta.url));
  return String(JSON.parse(readFileSync(manifest, 'utf8')).version);
}

function withPorts(command: Command): Command {
  return command
    .option('--api-port <port>', 'port of the control API', parsePort)
    .option('--data-port <port>', 'port of the data API', parsePort);
}

function withSimulatedDay(command: Command, speed?: number): Command {
  return command
    .addOption(
      new Option('--bars <path>', 'simulated day: bars of a CSV(.gz) or Parquet file')
        .argParser(nonEmpty)
        .conflicts('symbols'),
    )
    .option('--symbols <n>', 'simulated day: generate that many symbols', parseSymbolCount)
    .option('--date <date>', 'simulated day: its date, YYYY-MM-DD', parseDate)
    .option('--seed <n>', 'simulated day: seed of a generated one', parseSeed)
    .option('--speed <x>', 'simulated day: market seconds per real second', parseSpeed, speed as number)
    .option('--from <time>', 'simulated day: where the market begins, HH:MM IST', parseTime);
}

function addStart(add: Add, exit: Exit): void {
  const start = withPorts(add('start', 'Start everything in the foreground; Ctrl+C stops it in order'))
    .option('--detach', 'run in the background; returns once everything is ready')
    .option('--no-monitor', 'leave the monitor out')
    .option('--allow-public', 'let the control API listen on an address that others reach; it asks for its token then')
    .option('--reset', 'start those afresh that were given up; in a running system too')
    .option('--source <source>', 'dhan (the broker) or simulator', oneOf(['dhan', 'simulator'] as const));
  withSimulatedDay(start).action(async (options) =>
    exit(await (await import('./commands/start.ts')).startCommand(options)),
  );
}

function addData(add: Add, exit: Exit): void {
  add('data', 'Print bars and indicators of a symbol, whether the system runs or not')
    .argument('<symbol>', 'an NSE trading symbol', parseSymbol)
    .addOption(new Option('--date <date>', 'one day, YYYY-MM-DD').argParser(parseDate).conflicts(['from', 'to']))
    .option('--from <date>', 'first day', parseDate)
    .option('--to <date>', 'last day', parseDate)
    .option('--timeframe <timeframe>', TIMEFRAME_NAMES.join(' '), oneOf(TIMEFRAME_NAMES), '1T')
    .option('--indicators <names>', 'columns or families beside the bars, separated by commas', parseNames)
    .option('--format <format>', 'table, csv or json', oneOf(['table', 'csv', 'json'] as const), 'table')
    .action(async (symbol, options) => exit(await (await import('./commands/data.ts')).dataCommand(symbol, options)));
}

function addBackfill(add: Add, exit: Exit): void {
  add('backfill', 'Fetch past days from the broker; asked again, shows the one under way')
    .addOption(
      new Option('--days <n>', 'that many trading days before today (default: 30)')
        .argParser(parseDayCount)
        .conflicts(['from', 'to']),
    )
    .option('--from <date>', 'first day, YYYY-MM-DD', parseDate)
    .option('--to <date>', 'last day (default: the last trading day before today)', parseDate)
    .option('--symbols <names>', 'these symbols only, comma-separated', parseSymbols)
    .option('--cancel', 'give up the one under way; what is stored stays')
    .option('--json', 'progress and result as JSON, one value a line')
    .addHelpText('after', BACKFILL_HELP)
    .action(async (options) => exit(await (await import('./commands/backfill.ts')).backfillCommand(options)));
}

const BACKFILL_HELP = `
The running system carries it out, beside the day's own work, within the day's chart calls; without one, a system is
started for it. Ctrl+C ends the watching only. Exit code: 0 done, 1 failed, 130 left to go on.`;

function addConfig(add: Add, exit: Exit): void {
  add('config', 'Show the effective configuration, check it, or keep a copy of it')
    .argument('<what>', 'show, check or backup', oneOf(['show', 'check', 'backup'] as const))
    .action(async (what, options) => exit(await (await import('./commands/config.ts')).configCommand(what, options)));
}

function addSimulator(add: Add, exit: Exit): void {
  add('simulator', 'The simulated exchange alone: any DhanHQ v2 client can be pointed at it')
    .addOption(
      new Option('--bars <path>', 'bars of a CSV(.gz) or Parquet file').argParser(nonEmpty).conflicts('generate'),
    )
    .option('--generate <n>', 'generate a day of that many symbols', parseSymbolCount)
    .option('--seed <n>', 'seed of a generated day', parseSeed)
    .option('--date <date>', 'its date, YYYY-MM-DD', parseDate)
    .option('--speed <x>', 'market seconds per real second', parseSpeed)
    .option('--from <time>', 'where the market begins, HH:MM IST', parseTime)
    .option('--port <port>', 'port for REST and WebSocket', parsePort)
    .option('--faults <file>', 'what it does wrong, and when (docs/faults.md)', nonEmpty)
    .action(async (options) => exit(await (await import('./commands/simulator.ts')).simulatorCommand(options)));
}

function addDemo(add: Add, exit: Exit): void {
  withSimulatedDay(
    withPorts(add('demo', 'Replay a real trading day through the whole system, no account needed')),
    DEMO_SPEED,
  )
    .option('--to <time>', 'end of the session, HH:MM IST', parseTime)
    .option('--until-close', 'end after the seal of the day; exit 0 only if every bar is right')
    .option('--fresh', 'forget an earlier demo of the same day')
    .action(async (options) => {
      const { runDemo } = await import('../demo/run-demo.ts');
      exit(await runDemo(options));
    });
}
