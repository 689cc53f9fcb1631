import { type Command, CommanderError } from 'commander';
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
    const [command, path] = commandOf(program, args);
    if (error.code === 'commander.help') {
      command.outputHelp();
      return USAGE_EXIT_CODE;
    }
    return printUsageError(error, path);
  }
}

/** The command that a command line names, and how it is called. */
function commandOf(program: Command, args: readonly string[]): readonly [Command, string] {
  let command = program;
  let path = 'rtp';
  for (const word of args.filter((argument) => !argument.startsWith('-'))) {
    const next = command.commands.find((candidate) => candidate.name() === word);
    if (next === undefined) break;
    command = next;
    path += ` ${word}`;
  }
  return [command, path];
}
