import type { Add, Exit } from './command-line.ts';

/** What an operating system's service manager needs of this one, and the reload that it asks for. */
export function addService(add: Add, exit: Exit): void {
  add('reload', 'Read the configuration again; restart only what it concerns')
    .addHelpText('after', RELOAD_HELP)
    .action(async (options) => exit(await (await import('./commands/reload.ts')).reloadCommand(options)));
  add('systemd-unit', 'Print a systemd unit file for this installation')
    .option('--user', "for the user's own service manager (systemctl --user)")
    .action(async (options) => exit(await (await import('./commands/systemd-unit.ts')).systemdUnitCommand(options)));
}

const RELOAD_HELP = `
Flags and environment are those of the start; a configuration that is not sound changes nothing, and every problem is named.
SIGHUP to the system manager does the same. Exit code: 0 done or nothing changed, 1 a component does not serve afterwards.`;
