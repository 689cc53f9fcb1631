import { type Node, node } from './node.ts';

/** x, but without a value before `other` has one: TA-Lib answers a line only together with the line made of it. */
export function withheld(x: Node, other: Node): Node {
  const first = Math.max(x.first, other.first);
  return node({
    name: 'withheld',
    parameters: [first],
    inputs: { x },
    lag: first - x.first,
    code: `if (n >= ${first}) $out = $x;`,
  });
}
