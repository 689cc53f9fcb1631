import { COMPONENT_NAMES, oneOf } from './accepted-values.ts';
import type { Add, Exit } from './command-line.ts';

/** What became of the components. */
export function addHistory(add: Add, exit: Exit): void {
  add('history', 'What happened to the components: changes of state and deaths, with reasons')
    .argument('[component]', COMPONENT_NAMES.join(', '), oneOf(COMPONENT_NAMES))
    .option('--json', 'the same as JSON, for programs')
    .addHelpText('after', HISTORY_HELP)
    .action(async (component, options) =>
      exit(await (await import('./commands/history.ts')).historyCommand(component ?? null, options)),
    );
}

const HISTORY_HELP = `
Changes of state are those of the running system; deaths, ends that nobody asked for, are kept: the last 100 of a component.`;
