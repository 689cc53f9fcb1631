import { CommanderError } from 'commander';
import { printError, printUsageError, USAGE_EXIT_CODE } from './print-error.ts';
import { buildProgram } from './program.ts';

/** Commander's codes for help and version shown because somebody asked for them. */
const ASKED_FOR = new Set(['commander.helpDisplayed', 'commander.version']);

/** Runs one command line; resolves with the exit code. Nothing is thrown. */
export async function runCli(args: readonly string[]): Promise<number> {
  let exitCode = 0;
  const program = buildProgram((code) => {
    exitCode = code;
  });
  if (args.length === 0) {
    program.outputHelp();
    return USAGE_EXIT_CODE;
  }
  try {
    await program.parseAsync(args[0] === 'help' ? [...args.slice(1), '--help'] : [...args], { from: 'user' });
    return exitCode;
  } catch (error) {
    if (!(error instanceof CommanderError)) return printError(error);
    if (ASKED_FOR.has(error.code)) return 0;
    return printUsageError(
      error,
      `rtp${commandName(
        args,
        program.commands.map((command) => command.name()),
      )}`,
    );
  }
}

function commandName(args: readonly string[], known: readonly string[]): string {
  const first = args.find((argument) => !argument.startsWith('-'));
  return first !== undefined && known.includes(first) ? ` ${first}` : '';
}
