import { Argument } from 'commander';
import { oneOf, parseSeconds } from './accepted-values.ts';
import type { Add, Exit } from './command-line.ts';

const ACTIONS = ['start', 'stop', 'restart'] as const;

/** The pipeline by hand, over the Control API. */
export function addPipeline(add: Add, exit: Exit): void {
  add('pipeline', 'Start, stop or restart the pipeline by hand; the rest goes on')
    .addArgument(new Argument('<action>', ACTIONS.join(', ')).argParser(oneOf(ACTIONS)))
    .option('--wait <seconds>', 'how long to wait for it', parseSeconds, 60)
    .option('--json', "the Control API's answer as it is")
    .addHelpText('after', PIPELINE_HELP)
    .action(async (action, options) =>
      exit(await (await import('./commands/pipeline.ts')).pipelineCommand(action, options)),
    );
}

const PIPELINE_HELP = `
A stop holds until the next session is prepared, or a start. A start out of hours runs until there is nothing left to do.
Exit code: 0 done or so already, 1 failed, 75 another operation is under way or this one not over in time.`;
