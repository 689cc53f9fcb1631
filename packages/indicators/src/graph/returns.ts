import { ago, calc, close, type Node } from './node.ts';

/** ln(close / the close before); 0 where either of them is not above 0. First at bar 1. */
export const logReturn: Node = calc('$before > 0 && $c > 0 ? Math.log($c / $before) : 0', {
  c: close,
  before: ago(close, 1),
});
