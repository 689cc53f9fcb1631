/** What needs to know where sessions begin. */
import type { Series } from '../../support/series.ts';

/** Bars of one session, as indices. */
export type SessionBars = readonly number[];

/** The sessions that have bars, in order. */
export function sessions({ length, session }: Series): readonly SessionBars[] {
  const found = new Map<number, number[]>();
  for (let bar = 0; bar < length; bar += 1) {
    const day = session[bar]!;
    if (!found.has(day)) found.set(day, []);
    found.get(day)!.push(bar);
  }
  return [...found.values()];
}

/** `value` of the bars of the session up to each bar, that one included. */
export function sinceOpening<Value>(bars: Series, value: (soFar: SessionBars) => Value): readonly Value[] {
  return sessions(bars).flatMap((session) => session.map((_, index) => value(session.slice(0, index + 1))));
}

/** For each bar what `summary` says of the session before its own; null in the first session. */
export function ofSessionBefore<Summary>(
  bars: Series,
  summary: (session: SessionBars) => Summary,
): readonly (Summary | null)[] {
  const all = sessions(bars);
  const summaries = [null, ...all.map(summary)];
  return all.flatMap((session, index) => session.map(() => summaries[index]!));
}
