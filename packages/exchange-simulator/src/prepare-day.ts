/**
 * Prepares the day that the simulated exchange replays, then ends:
 * `--bars PATH [--date D] | --generate N [--seed S] [--date D] | --shipped D`, and `--out DIR`.
 * Failures: `CODE: message` and what to do on stderr, exit code of the error.
 */
import { describeError, exitCodeOf, RtpError } from '@rtp/core';
import { numberOption, parseOptions } from './arguments.ts';
import { prepareDay } from './day/prepare.ts';
import { simulatorErrors } from './errors.ts';

try {
  const options = parseOptions(['bars', 'generate', 'seed', 'shipped', 'date', 'out']);
  if (options.out === undefined) throw simulatorErrors.create('RTP_SIMULATOR_USAGE', '--out DIR is missing.');
  const day = await prepareDay(
    {
      bars: options.bars,
      generate: numberOption('generate', options.generate),
      seed: numberOption('seed', options.seed),
      shipped: options.shipped,
      date: options.date,
    },
    options.out,
  );
  process.stdout.write(`${JSON.stringify(day)}\n`);
} catch (error) {
  process.stderr.write(`${describeError(error)}\n${error instanceof RtpError ? `${error.fix}\n` : ''}`);
  process.exitCode = exitCodeOf(error);
}
