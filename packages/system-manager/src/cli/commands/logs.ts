import { LOG_FAMILY, type LogOwner, realDelay } from '@rtp/core';
import { entryPrinter, isAtLeast, type Level, type LogEntry } from '../../logs/log-entry.ts';
import { LogReader } from '../../logs/log-reader.ts';
import { type CommonOptions, cliContext } from '../cli-context.ts';
import { endWithReader } from '../reader-gone.ts';

export interface LogsOptions extends CommonOptions {
  readonly follow?: boolean;
  readonly lines: number;
  readonly level: Level;
  readonly json?: boolean;
}

/** Real time between two looks for added lines. */
const LOOK_INTERVAL_MS = 200;

interface OwnedEntry extends LogEntry {
  readonly owner: LogOwner;
}

/** `rtp logs`: the newest lines of one log or of all, by time; with `--follow` also what is added, until Ctrl+C. */
export async function logsCommand(owner: LogOwner | null, options: LogsOptions): Promise<number> {
  endWithReader();
  const { paths } = cliContext(options);
  const owners = owner === null ? (Object.keys(LOG_FAMILY) as LogOwner[]) : [owner];
  const readers = owners.map((of) => ({ owner: of, reader: new LogReader(paths.logsDir, LOG_FAMILY[of]) }));
  const fits = (entry: LogEntry): boolean => isAtLeast(entry, options.level);
  const ended = new AbortController();
  const print = printer(options.json === true);
  const end = (): void => ended.abort();
  process.once('SIGINT', end);
  try {
    const newest = readers.flatMap(({ owner: of, reader }) => owned(of, reader.newest(options.lines, fits)));
    const shown = options.lines === 0 ? [] : inOrder(newest).slice(-options.lines);
    for (const entry of shown) print(entry);
    if (options.follow !== true) {
      if (shown.length === 0) process.stderr.write(`No such lines in ${paths.logsDir}.\n`);
      return 0;
    }
    while (!ended.signal.aborted) {
      const added = readers.flatMap(({ owner: of, reader }) => owned(of, reader.added().filter(fits)));
      for (const entry of inOrder(added)) print(entry);
      await realDelay(LOOK_INTERVAL_MS, ended.signal).catch(() => {});
    }
    return 0;
  } finally {
    process.removeListener('SIGINT', end);
    for (const { reader } of readers) reader.close();
  }
}

const owned = (owner: LogOwner, entries: readonly LogEntry[]): OwnedEntry[] =>
  entries.map((entry) => ({ ...entry, owner }));

const inOrder = (entries: readonly OwnedEntry[]): readonly OwnedEntry[] => entries.toSorted((a, b) => a.at - b.at);

function printer(isJson: boolean): (entry: OwnedEntry) => void {
  const say = entryPrinter((entry) => (entry as OwnedEntry).owner, process.stdout.isTTY);
  return (entry) => {
    if (!isJson) process.stdout.write(say(entry));
    else if (entry.fields !== null) process.stdout.write(`${entry.text}\n`);
  };
}
