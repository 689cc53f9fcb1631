import { monotonicMs, RtpError } from '@rtp/core';
import { createStoreClient, type IndicatorUpdate, type IndicatorUpdateProgress } from '@rtp/store-client';
import { type CommonOptions, cliContext } from '../cli-context.ts';
import { progressLine } from '../progress-line.ts';
import { endWithReader } from '../reader-gone.ts';
import { commandOn } from '../start-screen.ts';

export interface IndicatorsUpdateOptions extends CommonOptions {
  readonly force?: boolean;
  readonly symbols?: readonly string[];
  readonly from?: string;
  readonly json?: boolean;
}

const NOT_RUNNING_EXIT_CODE = 3;
const INTERRUPTED_EXIT_CODE = 130;

/**
 * `rtp indicators update`: has the running store compute its indicators again. Exit code 0 done, 3 nothing runs, 130 given
 * up by Ctrl+C; what was written stays.
 */
export async function indicatorsUpdateCommand(options: IndicatorsUpdateOptions): Promise<number> {
  endWithReader();
  const { paths } = cliContext(options);
  const store = createStoreClient({ socketPath: paths.storeSocket });
  const interrupt = new AbortController();
  const onSignal = (): void => interrupt.abort(new Error('interrupted'));
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, onSignal);
  const report = options.json === true ? jsonReport() : humanReport();
  try {
    if (!(await serves(store))) {
      process.stderr.write(
        `RTP_NOT_RUNNING: No system runs on ${paths.dataDir}; its store computes the indicators.\n` +
          `Start it with: ${commandOn(paths, 'start')}\n`,
      );
      return NOT_RUNNING_EXIT_CODE;
    }
    const { force = false, symbols, from } = options;
    const request = { force, ...(symbols === undefined ? {} : { symbols }), ...(from === undefined ? {} : { from }) };
    report.result(await store.updateIndicators(request, report.progress, interrupt.signal));
    return 0;
  } catch (error) {
    report.end();
    if (!interrupt.signal.aborted) throw error;
    process.stderr.write('Given up. What is written stays; the same command goes on from there.\n');
    return INTERRUPTED_EXIT_CODE;
  } finally {
    await store.close();
  }
}

async function serves(store: ReturnType<typeof createStoreClient>): Promise<boolean> {
  try {
    await store.dates();
    return true;
  } catch (error) {
    if (error instanceof RtpError && error.code === 'RTP_STORE_UNREACHABLE') return false;
    throw error;
  }
}

interface UpdateReport {
  progress(progress: IndicatorUpdateProgress): void;
  result(result: IndicatorUpdate): void;
  end(): void;
}

/** One JSON value a line: `{"progress": …}` again and again, then `{"result": …}`. */
function jsonReport(): UpdateReport {
  const write = (value: unknown): void => void process.stdout.write(`${JSON.stringify(value)}\n`);
  return { progress: (progress) => write({ progress }), result: (result) => write({ result }), end: () => {} };
}

function humanReport(): UpdateReport {
  const begin = monotonicMs();
  const line = progressLine(process.stderr);
  return {
    progress: ({ date, done, total, changed }) =>
      line.show(
        done,
        total,
        date === null ? 'symbol-days, getting ready' : `symbol-days, ${date}, ${changed} rows written`,
      ),
    result: ({ dates, total, changed, resealed }) => {
      line.end();
      const seconds = ((monotonicMs() - begin) / 1_000).toFixed(1);
      const seals = resealed === 0 ? '' : `, ${resealed} sealed again`;
      const rows = changed + resealed === 0 ? 'every row was right' : `${changed} rows written`;
      process.stdout.write(`${dates} days, ${total} symbol-days in ${seconds} s: ${rows}${seals}.\n`);
    },
    end: () => line.end(),
  };
}
