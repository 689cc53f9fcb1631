/** Nodes that know sessions: where one starts, what it has been so far, and what the one before it was. */
import { close, high, kernel, low, minuteOfSession, type Node, node, open, session } from './node.ts';

/** 1 on a session's first bar, else 0. The series' first bar starts a session. */
export const sessionStart: Node = node({
  name: 'sessionStart',
  inputs: { session },
  state: { last: Number.NaN },
  code: `
    $out = $session === $last ? 0 : 1;
    $last = $session;`,
});

/** Open, high and low of the session up to this bar. */
export const sessionSoFar = kernel({
  name: 'sessionSoFar',
  inputs: { start: sessionStart, o: open, h: high, l: low },
  state: { first: 0, most: 0, least: 0 },
  outputs: { open: 0, high: 0, low: 0 },
  code: `
    if ($start === 1) { $first = $o; $most = $h; $least = $l; }
    else {
      if ($h > $most) $most = $h;
      if ($l < $least) $least = $l;
    }
    $open = $first; $high = $most; $low = $least;`,
});

const ofSession = { lag: 0, isSparse: true };

/** High, low and last close of the session before, the last one that has bars; none in a series' first session. */
export const previousSession = kernel({
  name: 'previousSession',
  inputs: { start: sessionStart, h: sessionSoFar.high, l: sessionSoFar.low, c: close },
  history: { h: 1, l: 1, c: 1 },
  state: { most: Number.NaN, least: Number.NaN, last: Number.NaN },
  outputs: { high: ofSession, low: ofSession, close: ofSession },
  code: `
    if ($start === 1 && n > 0) { $most = $h[1]; $least = $l[1]; $last = $c[1]; }
    $high = $most; $low = $least; $close = $last;`,
});

/** Sum over the session up to this bar, of a value that every bar has. */
export function sessionSum(x: Node): Node {
  return node({
    name: 'sessionSum',
    inputs: { x, start: sessionStart },
    state: { s: 0 },
    code: `
      $s = $start === 1 ? $x : $s + $x;
      $out = $s;`,
  });
}

/**
 * High and low of the session's first `minutes` minutes of trading. They are complete, and there at all, from the bar
 * of the last of these minutes on, or from the first bar after it; a session without a bar in them has none.
 */
export function openingRange(minutes: number): { readonly high: Node; readonly low: Node } {
  return kernel({
    name: 'openingRange',
    parameters: [minutes],
    inputs: { start: sessionStart, minute: minuteOfSession, h: high, l: low },
    state: { most: Number.NaN, least: Number.NaN },
    outputs: { high: ofSession, low: ofSession },
    code: `
      if ($start === 1) { $most = NaN; $least = NaN; }
      if ($minute < ${minutes}) {
        if (!($most >= $h)) $most = $h;
        if (!($least <= $l)) $least = $l;
      }
      if ($minute >= ${minutes - 1}) { $high = $most; $low = $least; }`,
  });
}
