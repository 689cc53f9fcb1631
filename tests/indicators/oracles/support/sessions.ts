/** What needs to know where sessions begin. */
import type { Series } from '../../support/series.ts';
import { perBar } from './arrays.ts';
import type { Values } from './oracle.ts';

/** Bars of one session, as indices. */
export type SessionBars = readonly number[];

/** The sessions that have bars, in order. */
export function sessions({ length, session }: Series): readonly SessionBars[] {
  const bars = Array.from({ length }, (_, bar) => bar);
  return [...new Set(session)].map((day) => bars.filter((bar) => session[bar] === day));
}

/** `value` of the bars of the session up to each bar, that one included. */
export function sinceOpening(bars: Series, value: (soFar: SessionBars) => number): Values {
  return sessions(bars).flatMap((session) => session.map((_, index) => value(session.slice(0, index + 1))));
}

/** `value` of the session before that of each bar, and of the bar; none in the first session. */
export function fromSessionBefore(bars: Series, value: (before: SessionBars, bar: number) => number): Values {
  const all = sessions(bars);
  return perBar(bars.length, (bar) => {
    const before = all[all.findIndex((session) => session.includes(bar)) - 1];
    return before === undefined ? Number.NaN : value(before, bar);
  });
}
