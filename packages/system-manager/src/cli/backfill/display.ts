import { type BackfillJob, DAY_MS, istTimeOf, tradingDateOf } from '@rtp/core';
import { progressLine, timeLeft } from '../progress-line.ts';
import type { BackfillView } from './watch.ts';

/** How a command tells of a backfill. */
export interface BackfillDisplay {
  tell(line: string): void;
  show(view: BackfillView): void;
  result(job: BackfillJob): void;
  end(): void;
}

/** One JSON value a line: `{"progress": …}` whenever it changes, then `{"result": …}`. */
export function jsonDisplay(output: Pick<NodeJS.WriteStream, 'write'> = process.stdout): BackfillDisplay {
  const write = (value: unknown): void => void output.write(`${JSON.stringify(value)}\n`);
  let last = '';
  return {
    tell: () => {},
    show: ({ report }) => {
      if (report === null) return;
      const { endsAt, ...counts } = report;
      if (JSON.stringify(counts) === last) return;
      last = JSON.stringify(counts);
      write({ progress: { ...counts, endsAt } });
    },
    result: ({ id, from, to, symbols, state, note }) => write({ result: { id, from, to, symbols, state, note } }),
    end: () => {},
  };
}

/** Lines and a progress bar for people. */
export function humanDisplay(): BackfillDisplay {
  const line = progressLine(process.stderr);
  return {
    tell: (text) => void process.stdout.write(`${text}\n`),
    show: (view) => line.show(...progressOf(view)),
    result: ({ state, note }) => {
      line.end();
      if (state === 'done') process.stdout.write(`Done: ${note}.\n`);
    },
    end: () => line.end(),
  };
}

/** Steps done, of how many, what they are and when they end. */
export function progressOf({ report, waitsFor, leftMs }: BackfillView): [number, number, string, string] {
  if (report === null) return [0, 0, `steps, waiting for ${waitsFor}`, ''];
  const { callsDone, callsTotal, daysDone, daysTotal, note, endsAt } = report;
  if (callsTotal + daysTotal === 0) return [0, 0, 'steps', comma(note)];
  const what = `steps: ${callsDone}/${callsTotal} calls, ${daysDone}/${daysTotal} days`;
  if (leftMs === null || endsAt === null) return [callsDone + daysDone, callsTotal + daysTotal, what, comma(note)];
  const left =
    leftMs < DAY_MS / 2 ? timeLeft(leftMs) : `until ${tradingDateOf(endsAt)} ${istTimeOf(endsAt).slice(0, 5)} IST`;
  return [callsDone + daysDone, callsTotal + daysTotal, what, `${comma(note)}, ${left}`];
}

const comma = (note: string): string => (note === '' ? '' : `, ${note}`);
