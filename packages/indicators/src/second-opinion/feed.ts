import type { BarArrays } from '../engine/bar-arrays.ts';

/** A bar as the classes of trading-signals take it. */
export interface OpinionBar {
  open: number;
  high: number;
  low: number;
  close: number;
  volume: number;
  session: number;
}

/** One instance at work: takes the next bar, answers with the column's value, NaN while it has none. */
export type Feed = (bar: OpinionBar) => number;

/** What all classes of trading-signals have in common here. */
interface Updatable<Input, Result> {
  update(input: Input, replace: boolean): Result | null;
}

/** Fed with one number a bar. */
function fedBy<Result>(
  input: (bar: OpinionBar) => number,
  instance: Updatable<number, Result>,
  value: (result: Result) => number,
): Feed {
  return (bar) => {
    const result = instance.update(input(bar), false);
    return result === null ? Number.NaN : value(result);
  };
}

/** Fed with the close. */
export function closes<Result = number>(instance: Updatable<number, Result>, value = same<Result>): Feed {
  return fedBy(({ close }) => close, instance, value);
}

/** Fed with the volume. */
export function volumes<Result = number>(instance: Updatable<number, Result>, value = same<Result>): Feed {
  return fedBy(({ volume }) => volume, instance, value);
}

/** Fed with the whole bar. The library keeps what it is given, so each bar needs an object of its own. */
export function bars<Result = number>(instance: Updatable<OpinionBar, Result>, value = same<Result>): Feed {
  return (bar) => {
    const result = instance.update(bar, false);
    return result === null ? Number.NaN : value(result);
  };
}

/** `second`, fed with what `first` answers. */
export function chained(
  first: Feed,
  second: Updatable<number, number>,
  value: (second: number, first: number) => number,
): Feed {
  return (bar) => {
    const answer = first(bar);
    if (Number.isNaN(answer)) return answer;
    const result = second.update(answer, false);
    return result === null ? Number.NaN : value(result, answer);
  };
}

/** The values of one instance over many bars. Errors: a price or the volume is absent. */
export function runFeed(feed: Feed, source: BarArrays): Float64Array {
  const { open, high, low, close, volume, session } = source;
  if (!open || !high || !low || !close || !volume) throw new Error('bars lack a price or the volume');
  const values = new Float64Array(source.length);
  for (let bar = 0; bar < source.length; bar += 1) {
    values[bar] = feed({
      open: open[bar]!,
      high: high[bar]!,
      low: low[bar]!,
      close: close[bar]!,
      volume: volume[bar]!,
      session: session?.[bar] ?? 0,
    });
  }
  return values;
}

function same<Result>(result: Result): number {
  return result as number;
}
